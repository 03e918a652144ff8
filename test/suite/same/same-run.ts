import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { obtain } from "./obtain.js";
import type { Project } from "./project.js";
import { readVersion } from "./read-version.js";
import { runCapstan, runOwn, type Suite } from "./run-both.js";
import { compareVerdicts, countVerdicts, type Counts, type Difference, type Verdict } from "./verdict.js";

/** Why the two differ; none is known when it is left out. */
export interface ExplainedDifference extends Difference {
  readonly reason?: string;
}

export interface ProjectReport {
  readonly name: string;
  readonly framework: string;
  readonly version: string;
  readonly own: Counts;
  readonly capstan: Counts;
  readonly differences: readonly ExplainedDifference[];
}

export interface SameOptions {
  /** Trees and reports. */
  readonly folder: string;
  readonly jobs: number;
  readonly tell: (line: string) => void;
}

/** Files beyond these are not run alone. */
const aloneMax = 40;
const dependsOnOthers = "it depends on files that ran before: alone, its own runner says what Capstan says";

/** Runs a project's suite by its own runner and by Capstan, and says of which examples they say different things. */
export async function sameRun(project: Project, { folder, jobs, tell }: SameOptions): Promise<ProjectReport> {
  const { name, framework } = project;
  const scratch = join(folder, `${name}.report`);
  await mkdir(scratch, { recursive: true });
  tell("obtains and installs it");
  const root = await obtain(project, folder);
  const suite: Suite = { ...project, root, scratch };
  tell("runs it by capstan test");
  const capstan = await runCapstan(suite, { jobs });
  tell(`runs it by ${framework} itself`);
  // Where the files are chosen, both run the same ones.
  const files = project.files === undefined ? [] : [...new Set(capstan.map(({ file }) => file))];
  const own = await runOwn(suite, files);
  if (!own.some((verdict) => verdict.name !== ""))
    throw new Error(`${framework} itself ran no example: is all installed?`);
  const differences = await explain(suite, { differences: compareVerdicts(own, capstan), own, capstan, tell });
  tell(differences.length === 0 ? "is the same" : `has ${differences.length} differences`);
  const version = await readVersion(project, root);
  return { name, framework, version, own: countVerdicts(own), capstan: countVerdicts(capstan), differences };
}

interface Found {
  readonly differences: readonly Difference[];
  readonly own: readonly Verdict[];
  readonly capstan: readonly Verdict[];
  readonly tell: (line: string) => void;
}

/**
 * A file may say something else when others ran before it in one process: then its own runner says what Capstan says when
 * it has that file alone. A file that its own runner does not run at all is no such file.
 */
async function explain(suite: Suite, { differences, own, capstan, tell }: Found): Promise<ExplainedDifference[]> {
  const known = new Set(own.map(({ file }) => file).filter((file) => file !== ""));
  const files = [...new Set(differences.map(({ file }) => file))].filter((file) => known.has(file)).slice(0, aloneMax);
  const independent = new Set<string>();
  for (const file of files) {
    tell(`runs ${file} alone`);
    const alone = await runOwn(suite, [file]).catch(() => undefined);
    const theirs = capstan.filter((verdict) => verdict.file === file);
    if (alone !== undefined && compareVerdicts(alone, theirs).length === 0) independent.add(file);
  }
  return differences.map((each) => (independent.has(each.file) ? { ...each, reason: dependsOnOthers } : each));
}
