import type { Output } from "../io/output.js";

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];
/** Tells one thing that happened: a message that never changes, and fields. */
export type Log = (level: LogLevel, message: string, fields?: object) => void;
/** The form in which an engine takes it. */
export type EngineLogger = Readonly<Record<LogLevel, (fields: object, message: string) => void>>;

interface LogOptions {
  /** What is below it is left out. */
  readonly least: LogLevel;
  /** Whose log it is, where several share a terminal. */
  readonly name?: string;
}

/** Prints to stderr what an engine or worker tells: JSON lines, or lines for people. */
export function makeLog(output: Output, { least, name }: LogOptions): Log {
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const atMs = Date.now();
    const shown = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, plainValue(value)]));
    if (output.isJson) {
      output.error(JSON.stringify({ atMs, level, ...(name === undefined ? {} : { name }), message, ...shown }));
    } else output.error(logLine(output, { time: new Date(atMs).toISOString(), level, message, fields: shown, name }));
  };
}

export function engineLogger(log: Log): EngineLogger {
  return {
    debug: (fields, message) => log("debug", message, fields),
    info: (fields, message) => log("info", message, fields),
    warn: (fields, message) => log("warn", message, fields),
    error: (fields, message) => log("error", message, fields),
  };
}

interface Entry {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly name: string | undefined;
}

function logLine({ errorStyle }: Output, { time, level, message, fields, name }: Entry): string {
  const colours = { debug: errorStyle.dim, info: errorStyle.dim, warn: errorStyle.yellow, error: errorStyle.red };
  const rest = Object.entries(fields).map(([field, value]) => `${errorStyle.dim(`${field}=`)}${valueText(value)}`);
  return [errorStyle.dim(time.slice(11, 23)), colours[level](level.padEnd(5)), name, message, ...rest]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** Errors have no fields of their own in JSON. */
function plainValue(value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

function valueText(value: unknown): string {
  return typeof value === "string" && /^[\w.:/@+-]+$/.test(value) ? value : (JSON.stringify(value) ?? "undefined");
}
