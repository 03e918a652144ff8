import type { TasksetEntry } from "@capstan/client";
import { CapstanError, makeCheck, TasksetTask } from "@capstan/protocol";
import type { Context } from "../context.js";
import { readLines } from "../io/read.js";

/**
 * The tasks of a taskset from NDJSON: each line is the input of the definition or, without one, a whole task such as
 * `{"definition":"images/resize","input":{…},"key":"cat.png"}`.
 * @throws CapstanError `invalid-stream` naming the line that is broken; nothing is launched then.
 */
export async function* readEntries({ io, output }: Context, hasDefinition: boolean): AsyncGenerator<TasksetEntry> {
  if (io.stdin.isTTY === true) output.note("reading one task a line from the terminal; Ctrl-D ends the taskset");
  const check = makeCheck(TasksetTask, "the task", "invalid-stream");
  let isEmpty = true;
  for await (const { text, line } of readLines(io.stdin)) {
    isEmpty = false;
    const value = parse(text, line);
    yield hasDefinition ? { input: value } : toEntry(value, line, check);
  }
  if (isEmpty) throw new CapstanError("invalid-stream", "stdin has no lines: send a line of JSON a task");
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CapstanError("invalid-stream", `line ${line} of stdin is no JSON: ${(cause as Error).message}`, {
      details: { line },
      cause,
    });
  }
}

function toEntry(value: unknown, line: number, check: (value: unknown) => TasksetTask): TasksetEntry {
  try {
    const { definition, ...entry } = check(value);
    return definition === undefined ? entry : { ...entry, task: definition };
  } catch (cause) {
    if (!(cause instanceof CapstanError)) throw cause;
    throw new CapstanError("invalid-stream", `line ${line} of stdin: ${cause.message}`, {
      details: { ...cause.details, line },
      cause,
    });
  }
}
