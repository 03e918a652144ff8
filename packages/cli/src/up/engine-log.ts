import type { Output } from "../io/output.js";
import type { EngineLog } from "./engine-module.js";

const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
type Level = (typeof levels)[number];

/** Prints what an engine or worker tells, from a level on: JSON lines, or a line for people. */
export function engineLog(
  output: Output,
  { least, name }: { readonly least: Level; readonly name?: string },
): EngineLog {
  return (level, message, fields = {}) => {
    if (rank(level) < rank(least)) return;
    const atMs = Date.now();
    if (output.isJson)
      output.error(JSON.stringify({ atMs, level, ...(name === undefined ? {} : { name }), message, ...fields }));
    else output.error(logLine(output, { time: new Date(atMs).toISOString(), level, message, fields, name }));
  };
}

function rank(level: string): number {
  const at = levels.indexOf(level as Level);
  return at < 0 ? levels.indexOf("info") : at;
}

interface Entry {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly name: string | undefined;
}

function logLine({ errorStyle }: Output, { time, level, message, fields, name }: Entry): string {
  const colour = rank(level) >= rank("error") ? errorStyle.red : level === "warn" ? errorStyle.yellow : errorStyle.dim;
  const rest = Object.entries(fields).map(([field, value]) => `${errorStyle.dim(`${field}=`)}${valueText(value)}`);
  return [errorStyle.dim(time.slice(11, 23)), colour(level.padEnd(5)), name, message, ...rest]
    .filter((part) => part !== undefined)
    .join(" ");
}

function valueText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w.:/@+-]+$/.test(value) ? value : (JSON.stringify(value) ?? "undefined");
}
