/** Gathers what a run of Mocha tells, by the tests of its tree. */
import { relative } from "node:path";
import type { Example } from "@capstan/protocol";
import { DistinctIds } from "../channel/distinct-id.js";
import { type Failure, failureOf, type FileOutcome } from "../channel/outcome.js";
import {
  chosenTests,
  type MochaClass,
  type MochaError,
  type MochaRunner,
  type MochaSuite,
  type MochaTest,
} from "./mocha.js";

type End = Pick<Example, "status" | "message">;

export class SuiteReport {
  readonly #ids = new Map<MochaTest, string>();
  readonly #ends = new Map<MochaTest, End>();
  readonly #failures: Failure[] = [];
  readonly #Mocha: MochaClass;

  constructor(suite: MochaSuite, mochaClass: MochaClass) {
    this.#Mocha = mochaClass;
    const ids = new DistinctIds();
    for (const test of testsOf(suite)) this.#ids.set(test, ids.next(test.fullTitle()));
  }

  /** Takes out of the tree what is not wanted. */
  select(suite: MochaSuite, takes: (id: string) => boolean): void {
    const isWanted = (test: MochaTest): boolean => takes(this.#ids.get(test) ?? "");
    suite.tests = suite.tests.filter(isWanted);
    const only = suite[chosenTests];
    if (only !== undefined) suite[chosenTests] = only.filter(isWanted);
    for (const inner of suite.suites) this.select(inner, takes);
  }

  listen(runner: MochaRunner): void {
    runner.on("pass", (test: MochaTest) => this.#ends.set(original(test), { status: "passed" }));
    runner.on("pending", (test: MochaTest) => this.#ends.set(original(test), { status: "skipped" }));
    runner.on("fail", (test: MochaTest, error: MochaError) => this.#fail(test, error));
  }

  /** The tests that ended, in the order in which they stand; a test that was tried again is one example. */
  outcome(root: string): FileOutcome {
    const told = new Map([...this.#ends].map(([test, end]) => [this.#idOf(test), { test, end }]));
    const order = [...new Set([...this.#ids.values(), ...told.keys()])];
    const examples = order.flatMap((id) => {
      const { test, end } = told.get(id) ?? {};
      return test === undefined || end === undefined ? [] : [example(id, test, { ...end, root })];
    });
    const isIndivisible = [...this.#ends.keys()].some((test) => !this.#ids.has(test));
    return { examples, failures: this.#failures, isIndivisible };
  }

  /** Tests that are made while others run have no id yet. */
  #idOf(test: MochaTest): string {
    return this.#ids.get(test) ?? test.fullTitle();
  }

  #fail(test: MochaTest, error: MochaError): void {
    const failure = failureOf(error);
    if (test.type === "hook") {
      this.#failures.push({ ...failure, message: `${test.fullTitle()}: ${failure.message}` });
      return;
    }
    const before = this.#ends.get(original(test));
    const earlier = before?.status === "failed" ? [before.message ?? ""] : [];
    const texts = [error, ...(error.multiple ?? [])].map((each) => this.#textOf(each));
    this.#ends.set(original(test), { status: "failed", message: [...earlier, ...texts].join("\n\n") });
  }

  #textOf(error: MochaError): string {
    const { message, stack = message } = failureOf(error);
    const { Base } = this.#Mocha.reporters;
    if (!Base.showDiff(error)) return stack;
    const sides = [error.actual, error.expected] as const;
    const { stringify } = this.#Mocha.utils;
    const [actual, expected] = sides.every((side) => typeof side === "string") ? sides : sides.map(stringify);
    return `${stack}\n\n${Base.generateDiff(String(actual), String(expected)).trim()}`;
  }
}

function testsOf(suite: MochaSuite): MochaTest[] {
  return [...suite.tests, ...suite.suites.flatMap(testsOf)];
}

/** A test that is tried again is a copy of the first. */
function original(test: MochaTest): MochaTest {
  return test.retriedTest?.() ?? test;
}

function example(id: string, test: MochaTest, { root, ...end }: End & { root: string }): Example {
  return {
    id,
    name: test.titlePath().join(" > "),
    ...end,
    durationMs: Math.max(0, test.duration ?? 0),
    ...(test.file !== undefined && { file: relative(root, test.file) }),
  };
}
