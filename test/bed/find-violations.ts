import { isFinalTask, isFinalTaskset, type TaskView, type TrialView } from "@capstan/protocol";
import type { Evidence, TasksetEvidence } from "./evidence.js";
import { judgeOverlaps } from "./judge-overlap.js";
import type { JournalLine } from "./journal.js";
import type { Launch, LaunchedTaskset, Nature, ToldVerdict } from "./launch-book.js";
import { showLine, violation, type Violation, type ViolationKind } from "./violation.js";

export interface Rules {
  /** No worker ever died, so that everything ran exactly once and was charged nothing. Default false. */
  readonly isUntouched?: boolean;
}

const explained: Readonly<Record<Nature, readonly (string | undefined)[]>> = {
  safe: [],
  unsafe: ["lost"],
  once: ["lost", "error"],
};

/** Says what of acknowledgements, verdicts and the journal does not fit together. */
export function findViolations(evidence: Evidence, rules: Rules = {}): Violation[] {
  const { book } = evidence;
  const lines = byNumber(evidence.lines);
  return [
    ...book.failures.map((what) => violation("failed", what)),
    ...book.doubled.map((what) => violation("doubled", `one key, two tasks: ${what}`)),
    ...book.launches.flatMap((launch) => judgeLaunch(launch, { evidence, lines: lines.get(launch.n) ?? [], rules })),
    ...judgeOverlaps(evidence),
    ...book.tasksets.flatMap((launched) => judgeTaskset(launched, evidence.tasksets.get(launched.id))),
    ...judgeUnknown(evidence, lines),
  ];
}

interface Case {
  readonly evidence: Evidence;
  /** What its trials wrote down. */
  readonly lines: readonly JournalLine[];
  readonly rules: Rules;
}

function judgeLaunch(launch: Launch, { evidence, lines, rules }: Case): Violation[] {
  const view = evidence.tasks.get(launch.task);
  const name = `${launch.task} (${launch.n})`;
  const shown = lines.map(showLine);
  if (view === undefined)
    return [violation("lost", `${name} was acknowledged, and the engine does not know it`, shown)];
  if (!isFinalTask(view.status)) return [violation("stuck", `${name} is still ${showTask(view)}`, shown)];
  const trials = evidence.trials.get(launch.task) ?? (view.lastTrial === undefined ? [] : [view.lastTrial]);
  const proof = [showTask(view), ...trials.map(showTrial), ...shown];
  return [
    ...judgeVerdict(launch, view, evidence).map(([kind, what]) => violation(kind, `${name} ${what}`, proof)),
    ...judgeAccepted(view, trials, lines).map(([kind, what]) => violation(kind, `${name} ${what}`, proof)),
    ...judgeRuns(launch, view, { lines, rules }).map(([kind, what]) => violation(kind, `${name} ${what}`, proof)),
  ];
}

function isSameVerdict(told: ToldVerdict, view: TaskView): boolean {
  const isSameOutput = JSON.stringify(told.output) === JSON.stringify(view.output);
  return told.status === view.status && told.endedAtMs === view.endedAtMs && isSameOutput;
}

type Finding = readonly [ViolationKind, string];

function judgeVerdict(launch: Launch, view: TaskView, { book, tasksets }: Evidence): Finding[] {
  const told = book.verdicts.get(view.id);
  const findings: Finding[] = [];
  if (told !== undefined && !isSameVerdict(told, view))
    findings.push(["doubled", `was told to be ${JSON.stringify(told)}, and is something else now`]);
  const cancel = book.cancels.get(view.id);
  if (cancel === "cancelled" || cancel === "cancelling") {
    if (view.status !== "cancelled") findings.push(["uncancelled", `was acknowledged as ${cancel}: ${view.status}`]);
    return findings;
  }
  const isOfCancelled = launch.taskset !== undefined && tasksets.get(launch.taskset)?.view.status === "cancelled";
  if (view.status === "cancelled" && isOfCancelled) return findings;
  if (view.status === "succeeded") {
    const { n, trial } = (view.output ?? {}) as { readonly n?: number; readonly trial?: string };
    if (n !== launch.n || trial !== view.lastTrial?.id)
      findings.push(["doubled", `has the output ${JSON.stringify(view.output)} of ${view.lastTrial?.id}`]);
  } else if (view.status !== "failed" || !explained[launch.nature ?? "safe"].includes(view.cause)) {
    findings.push(["lost", `is ${view.status} (${view.cause}), which no fault explains`]);
  }
  return findings;
}

/** The accepted result is one, and of a trial that wrote down its end. A twin may have ended beside it, for nothing. */
function judgeAccepted(view: TaskView, trials: readonly TrialView[], lines: readonly JournalLine[]): Finding[] {
  const succeeded = trials.filter(({ status }) => status === "succeeded");
  if (view.status === "failed" && succeeded.length > 0) return [["doubled", "failed, and a trial of it succeeded"]];
  if (view.status !== "succeeded") return [];
  const most = trials.some(({ isTwin }) => isTwin) ? 2 : 1;
  if (succeeded.length < 1 || succeeded.length > most) return [["doubled", `has ${succeeded.length} accepted results`]];
  const isEnded = ({ id }: TrialView): boolean => lines.some(({ what, trial }) => what === "end" && trial === id);
  const unended = succeeded.filter((trial) => !isEnded(trial));
  return unended.map(({ id }) => ["doubled", `has the result of ${id}, which never came to its end`]);
}

function judgeRuns(launch: Launch, view: TaskView, { lines, rules }: Omit<Case, "evidence">): Finding[] {
  const { nature = "safe", isFarOff = false } = launch;
  const begun = lines.filter(({ what }) => what === "begin");
  const findings: Finding[] = [];
  if (isFarOff && begun.length > 0) findings.push(["doubled", "ran long before its time"]);
  if (nature === "once" && begun.length > 1) findings.push(["doubled", `began ${begun.length} times`]);
  if (nature !== "safe" && new Set(begun.map(({ trial }) => trial)).size < begun.length)
    findings.push(["doubled", "has a trial that began twice"]);
  if (rules.isUntouched !== true || isFarOff) return findings;
  const ends = lines.filter(({ what }) => what === "end").length;
  if (begun.length !== 1 || ends !== 1) findings.push(["doubled", `began ${begun.length} and ended ${ends} times`]);
  if (view.trials.lost + view.trials.counted > 0) findings.push(["charged", "was charged, although no worker died"]);
  return findings;
}

const statuses = ["succeeded", "skipped", "failed", "abandoned", "cancelled"] as const;

function judgeTaskset({ id, tasks, cancel }: LaunchedTaskset, evidence: TasksetEvidence | undefined): Violation[] {
  if (evidence === undefined) return [violation("lost", `the taskset ${id} is gone`)];
  const { view } = evidence;
  const { counts } = view;
  const shown = [JSON.stringify(view)];
  if (!isFinalTaskset(view.status)) return [violation("stuck", `the taskset ${id} is still ${view.status}`, shown)];
  const isCancelled = cancel === "cancelled" || cancel === "cancelling";
  const findings: Violation[] = [];
  if (isCancelled && view.status !== "cancelled")
    findings.push(violation("uncancelled", `the cancel of ${id} was acknowledged, and it is ${view.status}`, shown));
  const unfinished = counts.waiting + counts.queued + counts.running;
  const sum = statuses.reduce((total, status) => total + counts[status], unfinished);
  if (unfinished > 0 || sum !== counts.total || counts.total !== tasks || evidence.tasks.length !== tasks)
    findings.push(
      violation("miscounted", `${id} has ${tasks} tasks, of which ${evidence.tasks.length} are listed`, shown),
    );
  for (const status of statuses) {
    const found = evidence.tasks.filter((task) => task.status === status).length;
    if (found !== counts[status])
      findings.push(violation("miscounted", `${id} counts ${counts[status]} ${status}, and lists ${found}`, shown));
  }
  return findings;
}

/** What ran or is there, and nobody was told of it. */
function judgeUnknown({ book, listed }: Evidence, lines: ReadonlyMap<number, readonly JournalLine[]>): Violation[] {
  const numbers = new Set(book.launches.map(({ n }) => n));
  const ids = new Set(book.launches.map(({ task }) => task));
  const ran = [...lines].filter(([n]) => !numbers.has(n));
  const extra = [...listed.values()].filter(({ id }) => !ids.has(id));
  return [
    ...ran.map(([n, found]) => violation("unknown", `${n} ran, and was never acknowledged`, found.map(showLine))),
    ...extra.map((view) => violation("unknown", `${view.id} is there, and nobody was told of it`, [showTask(view)])),
  ];
}

function showTask({ id, status, cause, trials, endedAtMs }: TaskView): string {
  return `${id} ${status}${cause === undefined ? "" : ` (${cause})`}, trials ${JSON.stringify(trials)}, ended ${endedAtMs}`;
}

function showTrial({ id, status, cause, workerName, grantedAtMs, endedAtMs }: TrialView): string {
  return `${id} ${status} (${cause}) on ${workerName}, ${grantedAtMs}–${endedAtMs}`;
}

function byNumber(lines: readonly JournalLine[]): Map<number, JournalLine[]> {
  const groups = new Map<number, JournalLine[]>();
  for (const line of lines) {
    const group = groups.get(line.n);
    if (group === undefined) groups.set(line.n, [line]);
    else group.push(line);
  }
  return groups;
}
