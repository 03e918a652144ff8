import type { TaskView } from "@capstan/protocol";
import type { Evidence } from "../bed/evidence.js";
import type { Violation } from "../bed/violation.js";
import type { FaultKind } from "./fault-log.js";
import type { Recovery, RecoveryTimes } from "./recovery.js";

/** What a run of chaos gave. */
export interface ChaosReport {
  readonly seed: number;
  /** Length of the storm, in seconds. */
  readonly stormSeconds: number;
  readonly leaseMs: number;
  readonly kills: number;
  /** How often each kind of fault happened. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly work: WorkCounts;
  readonly recovery: RecoveryTimes;
  /** From the end of the last fault until the last verdict, in ms. */
  readonly settledMs: number;
  /** CPU that everything used, the load and the checks included, in cores. */
  readonly cores: number;
  readonly violations: readonly Violation[];
}

export interface WorkCounts {
  readonly launched: number;
  readonly tasksets: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Trials as their own log has them. */
  readonly begun: number;
  /** Tasks with a trial that was lost. */
  readonly lost: number;
  /** Tasks that needed more than one trial that counted. */
  readonly flaky: number;
  readonly twins: number;
  /** Launches that a full disk had the engine refuse. */
  readonly refused: number;
}

export function countWork({ book, tasks, trials, lines }: Evidence, refused: number): WorkCounts {
  const views = [...tasks.values()];
  const count = (fits: (view: TaskView) => boolean): number => views.filter(fits).length;
  const all = [...trials.values()].flat();
  return {
    launched: book.launches.length,
    tasksets: book.tasksets.length,
    succeeded: count(({ status }) => status === "succeeded"),
    failed: count(({ status }) => status === "failed"),
    cancelled: count(({ status }) => status === "cancelled"),
    begun: lines.filter(({ what }) => what === "begin").length,
    lost: new Set(all.filter(({ status }) => status === "lost").map(({ task }) => task)).size,
    flaky: count(({ isFlaky }) => isFlaky),
    twins: all.filter(({ isTwin }) => isTwin).length,
    refused,
  };
}

/** The report as plain lines. */
export function showReport(report: ChaosReport): string {
  const { work, violations, recovery, faults } = report;
  const counted = Object.entries(faults).map(([kind, count]) => row(kind, String(count)));
  const worked = Object.entries(work).map(([name, count]) => row(name, String(count)));
  const times = [
    ...showRecovery("worker process killed, until its task runs again", recovery.process),
    ...showRecovery(`machine killed, until its task runs again (lease ${report.leaseMs} ms)`, recovery.machine),
    ...showRecovery("engine started, until a client has an answer", recovery.engine),
  ];
  return [
    `seed ${report.seed}, ${report.stormSeconds} s, ${report.kills} kills, ${report.cores.toFixed(2)} cores`,
    "",
    "faults",
    ...counted,
    "",
    "tasks",
    ...worked,
    "",
    `times in ms${" ".repeat(57)}count     p50     p99     max`,
    ...times,
    ...[recovery.process, recovery.machine].flatMap(({ slowest }) =>
      slowest.slice(0, 1).map((one) => `  slowest: ${one}`),
    ),
    row("last fault over, until the last verdict", String(report.settledMs)),
    "",
    `${violations.length} violations${showKinds(violations)}`,
    ...violations.flatMap(showViolation),
  ].join("\n");
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(64)}${cells.map((cell) => cell.padStart(8)).join("")}`;
}

function showRecovery(name: string, { all, undisturbed }: Recovery): string[] {
  const cells = [all, undisturbed].map(({ count, p50Ms, p99Ms, maxMs }) => [count, p50Ms, p99Ms, maxMs].map(String));
  return [row(name, ...cells[0]!), row("  of these with engine and connection undisturbed", ...cells[1]!)];
}

function showKinds(violations: readonly Violation[]): string {
  const kinds = [...new Set(violations.map(({ kind }) => kind))];
  if (kinds.length === 0) return ": nothing lost, nothing doubled, nothing stuck";
  const counts = kinds.map((kind) => `${violations.filter((one) => one.kind === kind).length} ${kind}`);
  return `: ${counts.join(", ")}`;
}

function showViolation({ kind, what, evidence }: Violation): string[] {
  return [`  ${kind}: ${what}`, ...evidence.map((line) => `    ${line}`)];
}
