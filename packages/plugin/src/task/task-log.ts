export type LogLine = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Structured log of a trial: a static message and fields, one line each on the trial's stderr. */
export interface TaskLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** A log that hands over whole lines, each with its end: `warning: disk is low free=12`. */
export function makeTaskLog(write: (line: string) => void): TaskLog {
  const level =
    (prefix: string): LogLine =>
    (message, fields) =>
      write(`${prefix}${message}${fields === undefined ? "" : fieldsText(fields)}\n`);
  return { debug: level("debug: "), info: level("info: "), warn: level("warning: "), error: level("error: ") };
}

function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const [name, value] of Object.entries(fields)) text += ` ${name}=${fieldText(value)}`;
  return text;
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(value.message);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
