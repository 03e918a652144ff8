import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type FrameworkName, frameworkNames } from "./own/registry.js";
import type { Project } from "./project.js";
import { projects } from "./projects.js";
import { type ProjectReport, sameRun } from "./same-run.js";
import { type Failure, sameTable } from "./table.js";

const help = `npm run suite-same -- [project...] [options]

Runs suites that others wrote by their own runner and by capstan test --local, and compares what the two
say of every example. Sources and dependencies come from npm and Debian.

Projects: ${projects.map(({ name, framework }) => `${name} (${framework})`).join(", ")}
(default: all)

  --dir PATH              instead of those: the suite of this tree, whose dependencies are installed
  --framework F           its framework: ${frameworkNames.join(", ")}
  --files PATTERN         its test files, for both runners; may be repeated (default: each finds them)
  --folder FOLDER         keeps trees and reports, and takes what is there from an earlier time
                          (capstan-suite-same in the folder for temporary files)
  --jobs N                files at a time by capstan (2)
  --json                  the report as JSON on stdout

A difference is explained when the project's own runner says what Capstan says as soon as it has that file
alone: the file depends on others that ran before it in one process.
Ends with 0 when all is the same or explained, 1 when something is not or a project could not be run.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dir: { type: "string" },
    framework: { type: "string" },
    files: { type: "string", multiple: true },
    folder: { type: "string", default: join(tmpdir(), "capstan-suite-same") },
    jobs: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(help);
else await same();

async function same(): Promise<void> {
  const wanted = wantedProjects();
  const jobs = Number(values.jobs);
  if (!Number.isSafeInteger(jobs) || jobs < 1) return refuse("--jobs takes a number of files from 1");
  if (typeof wanted === "string") return refuse(wanted);
  const folder = resolve(values.folder);
  await mkdir(folder, { recursive: true });
  const reports: ProjectReport[] = [];
  const failures: Failure[] = [];
  for (const project of wanted) {
    const { name } = project;
    const tell = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
    await sameRun(project, { folder, jobs, tell }).then(
      (report) => reports.push(report),
      (error: unknown) => failures.push({ name, error: error instanceof Error ? error.message : String(error) }),
    );
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ projects: reports, failures }, undefined, 2)}\n`);
  else process.stdout.write(sameTable(reports, failures));
  const isExplained = reports.every(({ differences }) => differences.every(({ reason }) => reason !== undefined));
  process.exitCode = isExplained && failures.length === 0 ? 0 : 1;
}

/** Or why there are none. */
function wantedProjects(): Project[] | string {
  const { dir, framework, files } = values;
  if (dir === undefined) {
    if (framework !== undefined || files !== undefined) return "--framework and --files are for --dir";
    const unknown = positionals.find((name) => projects.every((project) => project.name !== name));
    if (unknown !== undefined) return `no project is called ${unknown}: --help lists them`;
    return projects.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  }
  if (!isFramework(framework)) return `--dir needs --framework, one of ${frameworkNames.join(", ")}`;
  return [{ name: "project", framework, source: { from: "folder", path: dir }, ...(files && { files }) }];
}

function isFramework(name: string | undefined): name is FrameworkName {
  return frameworkNames.some((each) => each === name);
}

function refuse(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exitCode = 2;
}
