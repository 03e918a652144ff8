/** What Vitest tells of one module, as examples and failures. */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Example } from "@capstan/protocol";
import type { DistinctIds } from "../channel/distinct-id.js";
import { type Failure, failureOf } from "../channel/outcome.js";
import type { TestCase, TestModule, VitestError } from "./vitest.js";

interface Place {
  readonly ids: DistinctIds;
  readonly root: string;
  /** Several projects run this file, so that names need the project's. */
  readonly isOneOfSeveral: boolean;
}

export function moduleExamples(module: TestModule, { ids, root, isOneOfSeveral }: Place): Example[] {
  const project = isOneOfSeveral && module.project.name !== "" ? [`[${module.project.name}]`] : [];
  const file = relative(root, module.moduleId);
  return [...module.children.allTests()].map((test) => {
    const path = namePath(test);
    const message = messageOf(test);
    return {
      id: ids.next(path.join(" ")),
      name: [...project, ...path].join(" > "),
      status: statusOf(test),
      durationMs: Math.max(0, test.diagnostic()?.duration ?? 0),
      ...(message !== undefined && { message }),
      file,
      ...(test.location !== undefined && { line: test.location.line }),
    };
  });
}

/** What failed outside of the examples: loading, and the hooks of groups. */
export function moduleFailures(module: TestModule): Failure[] {
  const suites = [...module.children.allSuites()];
  return [module, ...suites].flatMap((suite) => suite.errors()).map((error) => failureOf(readable(error)));
}

export function unhandledFailures(errors: readonly unknown[]): Failure[] {
  return errors.map((error) => failureOf(readable(error as VitestError)));
}

function namePath(test: TestCase): string[] {
  const names = [test.name];
  for (let { parent } = test; parent.type === "suite"; parent = parent.parent) names.unshift(parent.name);
  return names;
}

/** An example that a stop kept from running is skipped. */
function statusOf(test: TestCase): Example["status"] {
  const { state } = test.result();
  return state === "pending" ? "skipped" : state;
}

function messageOf(test: TestCase): string | undefined {
  const result = test.result();
  if (result.state === "failed") return result.errors.map((error) => textOf(readable(error))).join("\n\n");
  if (result.state === "skipped") return result.note ?? (test.options.mode === "todo" ? "todo" : undefined);
  return undefined;
}

/** What was expected comes before where: the calls within the framework and other packages say nothing to a reader. */
function textOf({ name = "Error", message, stack = "", diff = "" }: VitestError): string {
  const calls = stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/\/node_modules\/|<anonymous>\)$/.test(line));
  return [`${name}: ${message}`, diff, calls.join("\n")].filter((part) => part !== "").join("\n\n");
}

function readable(error: VitestError): VitestError {
  const { name, message, stack, diff } = error;
  return {
    ...(name !== undefined && { name }),
    message: stripVTControlCharacters(message),
    ...(stack !== undefined && { stack: stripVTControlCharacters(stack) }),
    ...(diff !== undefined && { diff: stripVTControlCharacters(diff) }),
  };
}
