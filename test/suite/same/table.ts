import type { ExplainedDifference, ProjectReport } from "./same-run.js";
import type { Counts } from "./verdict.js";

const differencesMax = 40;

/** A project that could not be compared, and why. */
export interface Failure {
  readonly name: string;
  readonly error: string;
}

/** The counts of each project, and below them every difference. */
export function sameTable(reports: readonly ProjectReport[], failures: readonly Failure[]): string {
  const rows = reports.flatMap(({ name, framework, version, own, capstan, differences }) => [
    [`${name} ${version}`, framework, ...cells(own), differences.length === 0 ? "the same" : ""],
    ...(differences.length === 0 ? [] : [["", "capstan", ...cells(capstan), `${differences.length} differ`]]),
  ]);
  const head = ["project", "runner", "examples", "passed", "failed", "skipped", ""];
  return [
    ...aligned([head, ...rows]),
    ...reports.flatMap((report) => differenceLines(report)),
    ...failures.map(({ name, error }) => `${name} was not compared: ${error}`),
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function cells({ passed, failed, skipped }: Counts): string[] {
  return [passed + failed + skipped, passed, failed, skipped].map(String);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number): boolean => column >= 2 && column <= 5;
  return rows.map((row) =>
    row.map((cell, at) => (isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join("  "),
  );
}

function differenceLines({ name, differences }: ProjectReport): string[] {
  const shown = differences.slice(0, differencesMax).map((each) => `${name}: ${differenceText(each)}`);
  const rest = differences.length - shown.length;
  return rest === 0 ? shown : [...shown, `${name}: and ${rest} more`];
}

function differenceText({ file, name, own, capstan, reason }: ExplainedDifference): string {
  const what = name === "" ? "outside of examples" : name.replaceAll(/\s+/g, " ");
  const where = file === "" ? what : `${file}: ${what}`;
  return `${where}: own ${own ?? "absent"}, capstan ${capstan ?? "absent"}: ${reason ?? "unexplained"}`;
}
