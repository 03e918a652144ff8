/** Thrown by a task whose next trial would end the same way: the task fails at once, without retries. */
export class NonRetryableError extends Error {
  override readonly name: string = "NonRetryableError";
  /** What executors look at; an error of your own with this field has the same effect. */
  readonly retryable = false;
}

/** Thrown by `context.skip`: the task has nothing to do, and ends as `skipped`. */
export class SkipTask extends Error {
  override readonly name = "SkipTask";
  /** Known by its kind, because a bundle brings its own copy of this class. */
  readonly kind = "capstan.skip";
  readonly reason: string | undefined;

  constructor(reason?: string) {
    super(reason ?? "skipped");
    this.reason = reason;
  }
}

/** Whether a thrown thing is the word of a task that it skips. */
export function isSkip(thrown: unknown): thrown is { readonly kind: "capstan.skip"; readonly reason?: string } {
  return typeof thrown === "object" && thrown !== null && (thrown as { kind?: unknown }).kind === "capstan.skip";
}
