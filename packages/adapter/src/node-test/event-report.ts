/** Gathers the events of one file into examples and failures. */
import { relative, resolve } from "node:path";
import { inspect } from "node:util";
import type { Example } from "@capstan/protocol";
import { DistinctIds } from "../channel/distinct-id.js";
import type { Failure, FileOutcome } from "../channel/outcome.js";
import { type PathStep, pathId } from "./example-path.js";
import type { TestData, TestEvent, TestEventError } from "./test-event.js";

const stderrCharactersMax = 16_384;
/** How Node tells of an error outside of every test that it caught. */
const asynchronous = /^Error: .* created the error .*/s;

/** A test that has begun to be reported: its place among the examples is where it began. */
interface Open {
  readonly name: string;
  /** Examples that were reported before it; those after are within it. */
  readonly from: number;
}

interface Reported {
  readonly data: TestData;
  readonly isFailed: boolean;
  readonly path: PathStep[];
}

/** The framework reports a test behind its subtests; each gets its id when what is around it is known. */
export class EventReport {
  readonly #root: string;
  readonly #path: string;
  readonly #open: Open[] = [];
  readonly #reported: Reported[] = [];
  readonly #failures: Failure[] = [];
  #stderr = "";
  #noted: string | undefined;

  constructor(root: string, path: string) {
    this.#root = root;
    this.#path = path;
  }

  take(event: TestEvent): void {
    if (event.type === "test:stdout") process.stdout.write(event.data.message);
    else if (event.type === "test:stderr") this.#complain(event.data.message);
    else if (event.type === "test:diagnostic") this.#noted ??= asynchronous.exec(event.data.message)?.[0];
    else if (event.type === "test:start") this.#begin(event.data);
    else if (event.type === "test:pass" || event.type === "test:fail")
      this.#end(event.data, event.type === "test:fail");
  }

  outcome(wanted: ReadonlySet<string> | undefined): FileOutcome {
    const ids = new DistinctIds();
    const examples = this.#reported.map((each) => this.#example(each, ids));
    return {
      examples: wanted === undefined ? examples : examples.filter(({ id }) => wanted.has(id)),
      failures: this.#failures,
    };
  }

  #begin({ name, nesting }: TestData): void {
    this.#open.length = nesting;
    this.#open[nesting] = { name, from: this.#reported.length };
  }

  #end(data: TestData, isFailed: boolean): void {
    const { name, nesting, details } = data;
    if (nesting === 0 && resolve(this.#root, name) === this.#path && isFailed) {
      this.#failures.push(this.#fileFailure(details.error));
      return;
    }
    const isSuite = details.type === "suite";
    const from = this.#open[nesting]?.from ?? this.#reported.length;
    for (const { path } of this.#reported.slice(from)) path.unshift({ name, isSuite });
    if (!isSuite) this.#reported.push({ data, isFailed, path: [{ name, isSuite }] });
    else if (isFailed && details.error?.failureType !== "subtestsFailed") this.#failures.push(suiteFailure(data));
  }

  #complain(text: string): void {
    process.stderr.write(text);
    this.#stderr = (this.#stderr + text).slice(-stderrCharactersMax);
  }

  #example({ data, isFailed, path }: Reported, ids: DistinctIds): Example {
    const isSkipped = isSet(data.skip) || isSet(data.todo);
    const unskipped = isFailed ? "failed" : "passed";
    const message = isSkipped ? skipMessage(data) : messageOf(data.details.error);
    return {
      id: ids.next(pathId(path)),
      name: path.map(({ name }) => name).join(" > "),
      status: isSkipped ? "skipped" : unskipped,
      durationMs: Math.max(0, data.details.duration_ms ?? 0),
      ...(message !== undefined && { message }),
      ...(data.file !== undefined && { file: relative(this.#root, data.file) }),
      ...(data.line !== undefined && data.line >= 1 && { line: data.line }),
    };
  }

  /** The process of the file ended badly, and has said why on its standard error at most. */
  #fileFailure({ exitCode, signal, cause, message }: TestEventError = { message: "test failed" }): Failure {
    const said = /^\w*Error\b.*$/m.exec(this.#stderr)?.[0] ?? this.#noted;
    const ended =
      typeof signal === "string" ? `was ended by ${signal}` : `ended with exit code ${exitCode ?? "unknown"}`;
    const why = said ?? (cause instanceof Error ? cause.message : message);
    const failure = { name: "FileFailed", message: `${why} (the process of the file ${ended})` };
    return this.#stderr === "" ? failure : { ...failure, stack: this.#stderr };
  }
}

function suiteFailure({ name, details }: TestData): Failure {
  const { error } = details;
  const text = messageOf(error) ?? "failed";
  return { name: "SuiteFailed", message: `${name}: ${error?.message ?? text}: ${text.split("\n", 1)[0]}`, stack: text };
}

function messageOf(error: TestEventError | undefined): string | undefined {
  if (error === undefined) return undefined;
  const { cause, message } = error;
  if (cause instanceof Error) return cause.stack ?? cause.message;
  if (cause === undefined) return message;
  return typeof cause === "string" ? cause : inspect(cause);
}

function skipMessage({ skip, todo }: TestData): string | undefined {
  const reason = [skip, todo].find((each) => typeof each === "string" && each !== "");
  if (typeof reason === "string") return reason;
  return isSet(todo) ? "todo" : undefined;
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}
