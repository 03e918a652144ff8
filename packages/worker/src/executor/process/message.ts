/**
 * What an executor process and its worker say to each other on the process's file descriptor 3. Programs in any
 * language may speak it: `docs/persistent-executors.md` describes it for their authors. All of it is checked here.
 */
import { LineError } from "../../spawner/json-lines.js";
import type { OutputStream, StopReason, Fault } from "../executor.js";

export interface TrialMessage {
  type: "trial";
  trial: string;
  task: string;
  definition: string;
  revision: string;
  number: number;
  round: number;
  slot: number;
  input: unknown;
  workspace?: string;
  env?: Record<string, string>;
  limits: { softMs: number; hardMs: number };
}

/** Worker → executor. `load` goes to executors of the kind `node` only. */
export type ToExecutor =
  | TrialMessage
  | { type: "load"; directory: string; entry: string; lineBytesMax: number }
  | { type: "stop"; trial: string; reason: StopReason; graceMs: number }
  | { type: "close" };

export interface ReadyMessage {
  type: "ready";
  /** Trials that it takes at a time; 1 when left out. */
  trials?: number;
  /** Names of the definitions that it can run; any when left out. */
  definitions?: string[];
  /** How long it may take to end after `close`; a second when left out. */
  closeMs?: number;
}

/** What the trial needs is got ready first: its time limits and its duration count from `prepared`. */
export interface PreparingMessage {
  type: "preparing";
  trial: string;
  /** How long that may take. */
  limitMs: number;
}

export interface ResultMessage {
  type: "result";
  trial: string;
  status: "succeeded" | "skipped" | "failed";
  output?: unknown;
  error?: Fault;
  counts?: Record<string, number>;
  cpuMs?: number;
  /** Resident memory of the process. */
  rssBytes?: number;
}

/** Executor → worker. */
export type FromExecutor =
  | ReadyMessage
  /** The revision could not be loaded; the process ends. */
  | { type: "failed"; error: Fault }
  | { type: "log"; trial: string; stream: OutputStream; text?: string; base64?: string }
  | { type: "progress"; trial: string; fraction?: number | null; note?: string }
  | PreparingMessage
  /** The trial begins. What the process has started by now outlives its trials. */
  | { type: "prepared"; trial: string }
  | ResultMessage
  /** The process is about to end, and why. */
  | { type: "exiting"; trial?: string; error: Fault };

type Fields = Record<string, unknown>;

/**
 * Checks one message of an executor.
 * @throws LineError that names what is wrong
 */
export function readFromExecutor(message: unknown): FromExecutor {
  if (typeof message !== "object" || message === null) throw new LineError("a message is no JSON object");
  const fields = message as Fields;
  const check = checks[fields["type"] as string];
  if (!check || !Object.hasOwn(checks, fields["type"] as string)) {
    throw new LineError(`unknown message type ${JSON.stringify(fields["type"])?.slice(0, 80)}`);
  }
  const wrong = check(fields);
  if (wrong !== undefined) throw new LineError(`a message of type ${fields["type"] as string} has a wrong ${wrong}`);
  return message as FromExecutor;
}

/** Each answers the name of a wrong field. */
const checks: Record<string, (fields: Fields) => string | undefined> = {
  ready: (fields) =>
    wrongField(fields, {
      trials: (value) => value === undefined || (Number.isInteger(value) && (value as number) >= 1),
      definitions: (value) => value === undefined || (Array.isArray(value) && value.every(isText)),
      closeMs: (value) => value === undefined || isSpan(value),
    }),
  preparing: (fields) => wrongField(fields, { trial: isText, limitMs: isSpan }),
  prepared: (fields) => wrongField(fields, { trial: isText }),
  failed: (fields) => wrongField(fields, { error: isError }),
  log: (fields) =>
    wrongField(fields, {
      trial: isText,
      stream: (value) => value === "stdout" || value === "stderr",
      text: isTextOrNone,
      base64: isTextOrNone,
    }),
  progress: (fields) =>
    wrongField(fields, {
      trial: isText,
      fraction: (value) => value === undefined || value === null || Number.isFinite(value),
      note: isTextOrNone,
    }),
  result: (fields) =>
    wrongField(fields, {
      trial: isText,
      status: (value) => value === "succeeded" || value === "skipped" || value === "failed",
      error: (value) => value === undefined || isError(value),
      counts: (value) => value === undefined || isCounts(value),
      cpuMs: isNumberOrNone,
      rssBytes: isNumberOrNone,
    }),
  exiting: (fields) => wrongField(fields, { trial: isTextOrNone, error: isError }),
};

function wrongField(fields: Fields, tests: Record<string, (value: unknown) => boolean>): string | undefined {
  for (const name in tests) if (!tests[name]?.(fields[name])) return name;
  return undefined;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

/** A time in ms. */
function isSpan(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isCounts(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(Number.isFinite);
}

function isError(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { message, name, code, stack, isRetryable } = value as Fields;
  return (
    isText(message) &&
    isTextOrNone(name) &&
    isTextOrNone(code) &&
    isTextOrNone(stack) &&
    [undefined, true, false].includes(isRetryable as never)
  );
}
