/** Runs files with `node:test`, each in a process of its own, as `node --test` does. */
import { run } from "node:test";
import type { FileOutcome } from "../channel/outcome.js";
import type { FileRun, FileRunner } from "../channel/runner.js";
import { EventReport } from "./event-report.js";
import { idPatterns } from "./example-path.js";
import type { TestEvent } from "./test-event.js";

const nodeMajor = Number(process.versions.node.split(".", 1)[0]);

/** There is nothing to load: the framework is Node's own. */
export function loadNodeTest(root: string): Promise<FileRunner> {
  return Promise.resolve({
    run: (file: FileRun) => runFile(root, file),
    close: () => Promise.resolve(),
  });
}

async function runFile(root: string, { path, examples, signal }: FileRun): Promise<FileOutcome> {
  const report = new EventReport(root, path);
  const testNamePatterns = examples && idPatterns(examples, nodeMajor);
  const events = run({ files: [path], signal, ...(testNamePatterns && { testNamePatterns }) });
  for await (const event of events) report.take(event as TestEvent);
  return report.outcome(examples);
}
