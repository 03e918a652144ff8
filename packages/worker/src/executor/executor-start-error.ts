/** An executor could not be started, or could not load its revision. */
export class ExecutorStartError extends Error {
  override readonly name = "ExecutorStartError";
  readonly code: "executor-start-failed" | "revision-load-failed";
  /** What the process printed last, if it did. */
  readonly output: string;

  constructor(code: ExecutorStartError["code"], message: string, output = "") {
    super(output === "" ? message : `${message}\n${output}`);
    this.code = code;
    this.output = output;
  }
}
