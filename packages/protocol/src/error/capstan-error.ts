import { errorRegistry, isErrorCode, type ErrorCode } from "./registry.js";

/** problem+json (RFC 9457) with Capstan's code: the form of an error over HTTP. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface CapstanErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class of Capstan: its `code` is in the registry, its message says what is wrong and what to do. */
export class CapstanError extends Error {
  override readonly name = "CapstanError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: CapstanErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }

  /** Whether the same call may succeed later, unchanged. */
  get retryable(): boolean {
    return errorRegistry[this.code].retryable;
  }

  get status(): number {
    return errorRegistry[this.code].status;
  }

  toProblem(): Problem {
    const { status, title, remedy, retryable } = errorRegistry[this.code];
    const problem = {
      type: `urn:capstan:error:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      remedy,
      retryable,
    };
    return this.details === undefined ? problem : { ...problem, details: this.details };
  }

  /** The error that a problem+json body describes; a body that is none becomes `internal`. */
  static fromProblem(body: unknown, status = 500): CapstanError {
    const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem>;
    const code = typeof problem.code === "string" && isErrorCode(problem.code) ? problem.code : "internal";
    const { detail, details } = problem;
    const message = typeof detail === "string" && detail !== "" ? detail : `the engine answered with status ${status}`;
    // A proxy in between may have made the body: its fields are of any type.
    const isObject = typeof details === "object" && details !== null && !Array.isArray(details);
    return new CapstanError(code, message, isObject ? { details } : {});
  }
}

/** Any thrown thing as a CapstanError; what is none becomes `internal`, with the thing as its cause. */
export function toCapstanError(thrown: unknown): CapstanError {
  if (thrown instanceof CapstanError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CapstanError("internal", message, { cause: thrown });
}
