import { exitCodes } from "../exit-code.js";
import type { Readable } from "node:stream";

/** A stream that text is written to. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string, callback?: (error?: Error | null) => void): boolean;
  once(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export type Source = Readable & { readonly isTTY?: boolean | undefined };
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** All that a command touches of its process; tests pass their own. */
export interface Io {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Leaves at once, whatever is under way. */
  exit(code: number): void;
  /** Calls the listener at each signal that asks to end, until the returned function is called. */
  onSignal(listener: (signal: EndSignal) => void): () => void;
}

const endSignals: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The streams, environment and signals of this process. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    exit: leave,
    onSignal(listener) {
      for (const signal of endSignals) process.on(signal, listener);
      return () => {
        for (const signal of endSignals) process.off(signal, listener);
      };
    },
  };
}

/**
 * Ends the process by a signal of its own, as shells expect of what was interrupted (`$?` is 130). `process.exit` would
 * tear down the threads of the store in the middle of a call, at which Node may abort with a core dump.
 */
function leave(code: number): void {
  if (code !== exitCodes.interrupted || process.platform === "win32") process.exit(code);
  // What is done at every exit, such as removing folders, is done now.
  process.emit("exit", code);
  process.removeAllListeners("SIGINT");
  process.kill(process.pid, "SIGINT");
}
