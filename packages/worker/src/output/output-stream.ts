/** The two streams of output. */
export type OutputStream = "stdout" | "stderr";
