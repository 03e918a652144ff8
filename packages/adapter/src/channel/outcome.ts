/** What the program of an adapter says of one file, and how it becomes the `result` of its trial. */
import { inspect } from "node:util";
import type { Example, ExampleCounts, FileReport } from "@capstan/protocol";

/** Why something failed, as the worker takes it. */
export interface Failure {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
}

/** What one run of a file brought: every example once, in the order of the framework. */
export interface FileOutcome {
  readonly examples: readonly Example[];
  /** What went wrong outside of the examples: the file could not be loaded, or a hook failed. */
  readonly failures: readonly Failure[];
  /** Examples came up while others ran, so that no part of the file could have been said to have them; default false. */
  readonly isIndivisible?: boolean;
  /** What the framework took to load before it, if it did; default 0. */
  readonly loadMs?: number;
}

export interface FileResult {
  readonly status: "succeeded" | "skipped" | "failed";
  readonly output: FileReport;
  readonly counts: ExampleCounts;
  readonly error?: Failure;
}

/** Of the id of an example. */
export const idCharactersMax = 4_096;
const messageCharactersMax = 65_536;
/** All messages of a file together, so that its line stays well below the limit of the worker. */
const messagesCharactersMax = 2_097_152;

/**
 * The result of a trial: `failed` when an example failed or something failed outside of them. Those that are muted, by name
 * or id, are told as such where they failed, and fail nothing.
 */
export function fileResult(
  { examples: told, failures, isIndivisible = false, loadMs = 0 }: FileOutcome,
  { durationMs, muted = [] }: { readonly durationMs: number; readonly muted?: readonly string[] | undefined },
): FileResult {
  const examples = withMuted(told, new Set(muted));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of examples) counts[status === "muted" ? "skipped" : status] += 1;
  const error = fileError(failures, examples);
  const idle = counts.passed === 0 ? "skipped" : "succeeded";
  return {
    status: error === undefined ? idle : "failed",
    output: {
      examples: withinLimits(examples),
      durationMs,
      ...(loadMs > 0 && { loadMs }),
      ...(isIndivisible && { isIndivisible }),
    },
    counts,
    ...(error !== undefined && { error }),
  };
}

/** An id as the report may carry it, and as it comes back in `examples`. */
export function exampleId(id: string): string {
  return clip(id, idCharactersMax) || "?";
}

/** Whatever was thrown, as a failure. */
export function failureOf(thrown: unknown): Failure {
  if (typeof thrown !== "object" || thrown === null) return { message: inspect(thrown) };
  const { name, message, stack } = thrown as Partial<Record<keyof Failure, unknown>>;
  return {
    ...(typeof name === "string" && { name }),
    message: typeof message === "string" ? message : inspect(thrown),
    ...(typeof stack === "string" && { stack }),
  };
}

function withMuted(examples: readonly Example[], muted: ReadonlySet<string>): readonly Example[] {
  if (muted.size === 0) return examples;
  return examples.map((example) => {
    const isMuted = example.status === "failed" && (muted.has(example.name) || muted.has(example.id));
    return isMuted ? { ...example, status: "muted" } : example;
  });
}

function fileError(failures: readonly Failure[], examples: readonly Example[]): Failure | undefined {
  const [first] = failures;
  if (first !== undefined) {
    const { name, message, stack } = first;
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
    return {
      ...(name !== undefined && { name }),
      message: clip(message, messageCharactersMax) + more,
      ...(stack !== undefined && { stack: clip(stack, messageCharactersMax) }),
    };
  }
  const failed = examples.filter(({ status }) => status === "failed");
  if (failed.length === 0) return undefined;
  const names = failed.slice(0, 3).map(({ name }) => clip(name, 200));
  const rest = failed.length > names.length ? ", …" : "";
  return {
    name: "ExamplesFailed",
    message: `${failed.length} of ${examples.length} examples failed: ${names.join(", ")}${rest}`,
  };
}

function withinLimits(examples: readonly Example[]): Example[] {
  let charactersLeft = messagesCharactersMax;
  return examples.map(({ id, name, message, ...rest }) => {
    const text = message === undefined ? "" : clip(message, Math.min(messageCharactersMax, charactersLeft));
    charactersLeft -= text.length;
    return { id: exampleId(id), name: clip(name, idCharactersMax), ...rest, ...(text !== "" && { message: text }) };
  });
}

function clip(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return charactersMax < 1 ? "" : `${text.slice(0, charactersMax - 1)}…`;
}
