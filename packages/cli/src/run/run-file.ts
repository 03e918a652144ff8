import { CapstanError, excerpt, makeCheck, type Misfit } from "@capstan/protocol";
import { isNode, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import { fieldOf } from "../io/field.js";
import { runFileSchema, type FileCommand, type FileTask, type RunFile } from "./run-file-schema.js";

/** A file whose short tasks are written out. */
export interface ParsedRunFile extends Omit<RunFile, "tasks"> {
  readonly tasks?: readonly FileTask[];
}

const check = makeCheck(runFileSchema as unknown as Parameters<typeof makeCheck>[0], "the file", "invalid-config");

/** Lists in lists in one line: the time of the reader grows with a power of their depth, and no taskset has them. */
const deeplyNested = /(?:[-?:][ \t]+){64}/;

/**
 * Reads a taskset of commands from YAML or JSON, which is YAML too.
 * @throws CapstanError `invalid-config` naming file, line and field of what is wrong.
 */
export function parseRunFile(text: string, path: string): ParsedRunFile {
  const nested = deeplyNested.exec(text);
  const lines = new LineCounter();
  if (nested !== null) {
    const line = text.slice(0, nested.index).split("\n").length;
    throw new CapstanError("invalid-config", `${path}:${line}: it is nested too deep`);
  }
  const options = { lineCounter: lines, prettyErrors: false, logLevel: "error" } as const;
  const document = reading(path, () => parseDocument(text, options));
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new CapstanError("invalid-config", `${path}:${line}:${col}: ${excerpt(error.message)}`);
  }
  const place = (at: string): string => `${path}:${lineOf(document, lines, at)}`;
  const file = toFile(document, path);
  try {
    check(file);
  } catch (thrown) {
    throw locate(thrown, place);
  }
  checkSource(file, path);
  return file;
}

function toFile(document: Document, path: string): ParsedRunFile {
  const value = reading(path, () => document.toJS({ maxAliasCount: 100 }) as unknown);
  // A list alone is a list of tasks.
  const file = (Array.isArray(value) ? { tasks: value } : value) as RunFile | null;
  if (typeof file !== "object" || file === null) {
    throw new CapstanError("invalid-config", `${path} holds no taskset: write \`tasks:\` and a list of commands`);
  }
  if (!Array.isArray(file.tasks)) return file as ParsedRunFile;
  const tasks = (file.tasks as readonly unknown[]).map((task) =>
    typeof task === "string" || Array.isArray(task) ? { command: task as FileCommand } : (task as FileTask),
  );
  return { ...file, tasks };
}

/**
 * What the reader throws beside the errors that it lists: an alias without its anchor, or one of too many, when the value
 * is made; a file that is nested too deep for it.
 */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof RangeError ? "it is nested too deep" : excerpt((cause as Error).message);
    throw new CapstanError("invalid-config", `${path}: ${reason}`, { cause });
  }
}

function checkSource({ tasks, each, command }: ParsedRunFile, path: string): void {
  if (tasks === undefined && each === undefined) {
    throw new CapstanError("invalid-config", `${path} has no tasks: give it \`tasks\`, or \`each\` with a \`command\``);
  }
  if (tasks !== undefined && (each !== undefined || command !== undefined)) {
    throw new CapstanError("invalid-config", `${path} has \`tasks\` and \`each\` or \`command\`: use one or the other`);
  }
}

function locate(thrown: unknown, place: (at: string) => string): unknown {
  if (!(thrown instanceof CapstanError)) return thrown;
  const misfits = thrown.details?.["misfits"] as readonly Misfit[] | undefined;
  const [first] = misfits ?? [];
  if (misfits === undefined || first === undefined) return thrown;
  const located = misfits.map(({ at, message }) => ({
    at: place(pointerOf(at, message)),
    message: `${fieldOf(at) === "" ? "" : `${fieldOf(at)}: `}${message}`,
  }));
  return new CapstanError("invalid-config", `${located[0]!.at}: ${located[0]!.message}`, {
    details: { misfits: located },
  });
}

/** An unknown field has a line of its own. */
function pointerOf(at: string, message: string): string {
  const unknown = /^unknown field ([^,]+)/.exec(message)?.[1];
  return unknown === undefined ? at : `${at}/${unknown}`;
}

/** The line of what a JSON pointer names, or of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, at: string): number {
  const steps = at
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  // A list alone stands for its tasks.
  const isList = isSeq(document.contents);
  for (let path: unknown[] = isList ? steps.slice(1) : steps; path.length > 0; path = path.slice(0, -1)) {
    const keys = path.map((step) => (/^\d+$/.test(String(step)) ? Number(step) : step));
    const node = document.getIn(keys, true);
    if (isNode(node) && node.range !== undefined && node.range !== null) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
