import type { ExampleStatus } from "@capstan/protocol";

/** One test as a line of TAP tells of it. */
export interface TapPoint {
  readonly name: string;
  readonly status: ExampleStatus;
  /** Why it was skipped, or is still to do. */
  readonly reason?: string;
  readonly durationMs?: number;
  /** Its subtests follow, between braces. */
  readonly opens: boolean;
}

export interface TapIndent {
  /** Of subtests: four characters a level. */
  readonly depth: number;
  readonly spaces: number;
  readonly text: string;
}

const nameCharactersMax = 1_024;

export function readIndent(line: string): TapIndent {
  const spaces = line.length - line.trimStart().length;
  return { depth: Math.floor(spaces / 4), spaces, text: line.slice(spaces).trimEnd() };
}

/** The test that a line tells of, if it tells of one. */
export function readPoint(text: string): TapPoint | undefined {
  const head = /^(not )?ok\b(?:[ \t]+(\d{1,9}))?/.exec(text);
  if (head === null) return undefined;
  const [whole, not, number = ""] = head;
  const { description, directives, opens } = split(text.slice(whole.length));
  const [, word, reason = ""] = /^\s*(skip|todo)\S*\s*(.*)$/i.exec(directives) ?? [];
  const [, time] = /^\s*time=([\d.]{1,20})ms/.exec(directives) ?? [];
  return {
    name: description === "" ? `test ${number}`.trimEnd() : description.slice(0, nameCharactersMax),
    status: statusOf(not !== undefined, word),
    ...(word !== undefined && { reason: reason === "" ? word.toLowerCase() : reason.slice(0, nameCharactersMax) }),
    ...(time !== undefined && { durationMs: Number(time) || 0 }),
    opens,
  };
}

/** What is expected to fail and does is skipped; what is expected to fail and passes has passed. */
function statusOf(isFailed: boolean, word: string | undefined): ExampleStatus {
  if (word?.toLowerCase() === "skip") return "skipped";
  if (isFailed) return word === undefined ? "failed" : "skipped";
  return "passed";
}

/** A `#` that is not escaped begins the directives. */
function split(text: string): { description: string; directives: string; opens: boolean } {
  const opens = /(^|\s)\{$/.test(text);
  const line = opens ? text.slice(0, -1) : text;
  let at = 0;
  while (at < line.length && line[at] !== "#") at += line[at] === "\\" ? 2 : 1;
  const description = line
    .slice(0, at)
    .replace(/^\s*(?:-\s*)?/, "")
    .trimEnd()
    .replaceAll(/\\([\\#])/g, "$1");
  return { description, directives: line.slice(at + 1), opens };
}
