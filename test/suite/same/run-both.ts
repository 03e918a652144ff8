import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execute } from "./execute.js";
import { readTestCases } from "./junit.js";
import { ownRunners } from "./own/registry.js";
import type { Project } from "./project.js";
import type { Verdict } from "./verdict.js";

const bin = fileURLToPath(new URL("../../../../packages/capstan/bin/capstan.js", import.meta.url));

/** A project whose tree is there. */
export interface Suite extends Pick<Project, "framework" | "files" | "env"> {
  readonly root: string;
  /** For reports. */
  readonly scratch: string;
}

/** Runs the suite, or the files of it, by the framework's own command. @throws Error when that writes no report. */
export async function runOwn({ framework, root, scratch, env }: Suite, files: readonly string[]): Promise<Verdict[]> {
  const runner = ownRunners[framework];
  const out = join(scratch, "own-report");
  await rm(out, { force: true });
  const { code, tail } = await execute(runner.argv({ root, out, files }), { cwd: root, ...(env && { env }) });
  const report = await readFile(out, "utf8").catch(() => {
    throw new Error(`the command of ${framework} wrote no report and ended with ${code ?? "a signal"}: ${tail.trim()}`);
  });
  return runner.read(report, root);
}

/** Runs the suite by `capstan test`, each file once. @throws Error when that writes no report. */
export async function runCapstan(
  { framework, root, scratch, env, files = [] }: Suite,
  { jobs }: { jobs: number },
): Promise<Verdict[]> {
  const out = join(scratch, "capstan-report.xml");
  await rm(out, { force: true });
  const suiteClass = "suite-same";
  const how = ["--local", "--jobs", String(jobs), "--max-trials", "1", "--class", suiteClass, "--junit", out];
  const argv = [process.execPath, bin, "test", ...files, "--adapter", framework, ...how];
  const { code, tail } = await execute(argv, { cwd: root, ...(env && { env }) });
  const report = await readFile(out, "utf8").catch(() => {
    throw new Error(`capstan test wrote no report and ended with ${code ?? "a signal"}: ${tail.trim()}`);
  });
  return readTestCases(report).map(({ className, name, status }) =>
    // The case of a whole file is of the class of the suite, and that of an example of its file.
    className === suiteClass ? { file: name, name: "", status } : { file: className, name, status },
  );
}
