/** Runs files with Jest in this process: its modules, and what it has transformed, stay; each file has a registry and globals of its own. */
import { accessSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Example } from "@capstan/protocol";
import { DistinctIds, namePattern, partPattern } from "../channel/distinct-id.js";
import type { Failure, FileOutcome } from "../channel/outcome.js";
import type { FileRun, FileRunner } from "../channel/runner.js";
import { whenAborted } from "../channel/when-aborted.js";
import type { AssertionResult, JestCore, TestResult } from "./jest.js";

/** Its own reporters are silent, and nothing is written into the tree. */
const options = {
  $0: "jest",
  runTestsByPath: true,
  runInBand: true,
  passWithNoTests: true,
  testLocationInResults: true,
  reporters: [[join(import.meta.dirname, "../../program/jest/print-reporter.cjs"), {}]],
  verbose: false,
  ci: true,
  coverage: false,
  watch: false,
  watchman: false,
  notify: false,
};

export function loadJest(root: string): Promise<FileRunner> {
  process.env["NODE_ENV"] ??= "test";
  const fromRoot = createRequire(join(root, "package.json"));
  const fromJest = createRequire(fromRoot.resolve("jest/package.json"));
  const core = fromJest("@jest/core") as JestCore;
  return Promise.resolve({ run: (file) => runFile(core, root, file), close: () => Promise.resolve() });
}

async function runFile(
  core: JestCore,
  root: string,
  { path, examples: wanted, part, signal }: FileRun,
): Promise<FileOutcome> {
  // Jest says nothing of a path that is not there.
  accessSync(path);
  // It has no way to end a file that runs.
  void whenAborted(signal).then(() => process.exit(1));
  // As Jest itself makes a pattern of the text.
  const ofPart = part && new RegExp(partPattern(part).source, "i");
  const testNamePattern = (wanted === undefined ? ofPart : namePattern(wanted))?.source;
  const { results } = await core.runCLI({ ...options, _: [path], ...(testNamePattern && { testNamePattern }) }, [root]);
  const ids = new DistinctIds();
  const examples = results.testResults.flatMap(({ testResults, testFilePath }) =>
    testResults.map((each) => example(each, { ids, file: relative(root, testFilePath) })),
  );
  return {
    examples: examples.filter(({ id }) => wanted?.has(id) ?? ofPart?.test(id) ?? true),
    failures: results.testResults.flatMap(fileFailure),
  };
}

function example(result: AssertionResult, { ids, file }: { ids: DistinctIds; file: string }): Example {
  const { ancestorTitles, title, fullName, status, duration, failureMessages, location } = result;
  const isRun = status === "passed" || status === "failed";
  const message = failureMessages.map((text) => stripVTControlCharacters(text)).join("\n\n");
  return {
    id: ids.next(fullName),
    name: [...ancestorTitles, title].join(" > "),
    status: isRun ? status : "skipped",
    durationMs: Math.max(0, duration ?? 0),
    ...(message !== "" && { message }),
    ...(status === "todo" && { message: "todo" }),
    file,
    ...(location && { line: location.line }),
  };
}

function fileFailure({ testExecError, failureMessage }: TestResult): Failure[] {
  if (testExecError === undefined) return [];
  const text = stripVTControlCharacters(failureMessage ?? testExecError.stack ?? "");
  const message = stripVTControlCharacters(testExecError.message ?? text) || "the file could not be run";
  return [{ name: "FileFailed", message, stack: text }];
}
