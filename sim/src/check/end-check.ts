import type { EngineOperations } from "@capstan/engine";
import { defaultNamespace, type TaskView } from "@capstan/protocol";
import type { Acknowledged } from "../load/user.js";
import type { Evidence } from "./evidence.js";
import type { Execution, Ledger } from "./ledger.js";

export interface EndParts {
  readonly acknowledged: readonly Acknowledged[];
  readonly tasksets: readonly string[];
  readonly operations: EngineOperations;
  readonly evidence: Evidence;
  readonly ledger: Ledger;
}

function tell(executions: readonly Execution[]): string {
  return executions.map(({ trial, machine, outcome }) => `${trial} ${outcome} on ${machine}`).join(", ");
}

/** When all is over: each launch that was acknowledged has its verdict, and it is that of its code. @throws Error what is not so. */
export async function checkEnd(parts: EndParts): Promise<void> {
  const { acknowledged, operations, ledger, evidence } = parts;
  for (const launched of acknowledged) await checkTask(launched, parts);
  for (const taskset of parts.tasksets) await checkTaskset(taskset, operations);
  for (const [task, executions] of ledger.tasks) {
    const revisions = new Set(executions.map(({ revision }) => revision));
    if (revisions.size > 1) throw new Error(`${task} ran on ${revisions.size} revisions`);
    checkInterrupted(task, executions, evidence);
  }
}

async function checkTask({ task, policy }: Acknowledged, { operations, evidence, ledger }: EndParts): Promise<void> {
  const view = await operations.getTask(defaultNamespace, task);
  const executions = ledger.of(task);
  if (view.endedAtMs === undefined) throw new Error(`${task} was acknowledged and is ${view.status}`);
  const written = evidence.verdict(task, view.round);
  if (written !== view.status) throw new Error(`${task} is shown as ${view.status}, and ${written} was written`);
  checkSuccess(view, executions);
  if (policy.safeToRerun === false && policy.maxTrials === 1) checkOnce(task, executions);
}

/** Success is what the code says, or a twin of it. */
function checkSuccess({ id, status, round }: TaskView, executions: readonly Execution[]): void {
  if (status !== "succeeded") return;
  if (!executions.some((each) => each.outcome === "ok" && each.round === round))
    throw new Error(`${id} succeeded, and its code says ${tell(executions)}`);
}

/** What is not safe to rerun and has one trial ran at most once a round. */
function checkOnce(task: string, executions: readonly Execution[]): void {
  const rounds = executions.map(({ round }) => round);
  if (new Set(rounds).size !== rounds.length)
    throw new Error(`${task} may run once, and its code says ${tell(executions)}`);
}

const interrupted: ReadonlySet<string> = new Set(["killed", "aborted"]);
/** How much faster than the world's the clock may be that ended a trial. */
const skewMost = 0.9;

/**
 * What is not safe to rerun is not tried again in its round once it was ended in the middle, by a death or by a stop. One
 * that was over its time limit by then is a timeout, whoever was first to end it, and a timeout may be retried.
 */
function checkInterrupted(task: string, executions: readonly Execution[], evidence: Evidence): void {
  for (const [at, { trial, isSafe, outcome, round, startedMs, endedMs }] of executions.entries()) {
    if (isSafe || !interrupted.has(outcome!) || endedMs! - startedMs >= evidence.limitMs(trial) * skewMost) continue;
    if (executions.slice(at + 1).some((later) => later.round === round))
      throw new Error(`${task} is not safe to rerun, and was tried again: ${tell(executions)}`);
  }
}

async function checkTaskset(id: string, operations: EngineOperations): Promise<void> {
  const { status, counts, endedAtMs } = await operations.getTaskset(defaultNamespace, id);
  if (endedAtMs === undefined) throw new Error(`${id} was acknowledged and is ${status}`);
  const { total, flaky: _, retries: __, muted: ___, examples: ____, waiting, queued, running, ...ended } = counts;
  const sum = Object.values(ended).reduce((left, right) => left + right, 0);
  if (waiting + queued + running !== 0 || sum !== total)
    throw new Error(`the counts of ${id} do not add up: ${JSON.stringify(counts)}`);
}
