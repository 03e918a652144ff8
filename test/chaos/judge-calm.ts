import type { Capstan } from "@capstan/client";
import type { TaskView } from "@capstan/protocol";
import type { Evidence, Frozen } from "../bed/evidence.js";
import { violation, type Violation } from "../bed/violation.js";
import type { Fault } from "./fault-log.js";

/** How long the spawner of a machine that was stopped may take, once it goes on, to end what has lost its lease. */
const wakeMs = 2_000;

/** The processes that were stopped as a whole, so that nobody could end them in time. */
export function frozenOf(faults: readonly Fault[]): Frozen[] {
  return faults
    .filter(({ kind }) => kind === "machine-freeze")
    .flatMap(({ pids = [], fromMs, untilMs = fromMs }) =>
      pids.map((pid) => ({ pid, fromMs, untilMs: untilMs + wakeMs })),
    );
}

/** What is final is so ever after: compares with what was listed before another crash. */
export async function judgeVerdictsAgain(client: Capstan, { listed }: Evidence): Promise<Violation[]> {
  const found: Violation[] = [];
  const left = new Set(listed.keys());
  for await (const task of client.tasks({ limit: 1_000 })) {
    left.delete(task.id);
    const before = listed.get(task.id);
    if (before !== undefined && isSameVerdict(before, task)) continue;
    const shown = [before, task].map((view) => JSON.stringify(view));
    found.push(violation("doubled", `${task.id} changed after its verdict`, shown));
  }
  return [...found, ...[...left].map((id) => violation("lost", `${id} is gone after its verdict`))];
}

function isSameVerdict(before: TaskView, after: TaskView): boolean {
  return before.status === after.status && before.endedAtMs === after.endedAtMs && before.cause === after.cause;
}

/** Nothing is held by anybody, and no fault is taken for the code's: the workers take all that there is. */
export async function judgeRest(client: Capstan): Promise<Violation[]> {
  const found: Violation[] = [];
  const { tasks, slotsBusy } = await client.status();
  if (tasks.waiting + tasks.queued + tasks.running + slotsBusy > 0)
    found.push(violation("leaked", "work is left in the engine", [JSON.stringify({ tasks, slotsBusy })]));
  for await (const { name, status, quarantines, trials } of client.workers.list()) {
    if (trials.length > 0) found.push(violation("leaked", `${name} holds trials`, trials));
    if (status === "ready" && quarantines.length > 0) {
      const shown = quarantines.map((entry) => JSON.stringify(entry));
      found.push(violation("failed", `${name} is quarantined, although no code was at fault`, shown));
    }
  }
  return found;
}
