import type { Effect, TrialEndRow } from "@capstan/core";
import { isSameToken, parseTrialId, type RefusalReason } from "@capstan/protocol";
import type { Store } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";

type LateReport = Extract<Effect, { type: "judgeLateReport" }>;

/**
 * What a report on a trial that does not live is answered with: `accepted` when it is the one that was accepted before
 * (its answer may have been lost), else the reason why it is refused.
 */
export async function judgeLateReport(
  loop: EngineLoop,
  store: Store,
  late: LateReport,
): Promise<"accepted" | RefusalReason> {
  await loop.committed();
  const { task, n } = parseTrialId(late.report.trial);
  const key = { namespace: late.worker.namespace, id: task };
  const stored = await store.readTask(key);
  if (stored === undefined) return "unknown-trial";
  const last = stored.isFinished && stored.row.lastTrial?.n === n ? stored.row.lastTrial : undefined;
  const end = last ?? (await store.readTrials(key)).find((trial) => trial.n === n);
  if (end === undefined) {
    // The row of a safe task that was granted just now may not be written yet.
    const granted = Math.max(stored.row.trialsTotal, loop.state.tasks.get(task)?.trialsTotal ?? 0);
    return granted >= n ? "stale-lease" : "unknown-trial";
  }
  if (!isSameToken(end.token, late.token)) return "stale-lease";
  return isSameReport(late.report, end) ? "accepted" : "already-final";
}

function isSameReport(report: LateReport["report"], end: TrialEndRow): boolean {
  if (report.type === "stopped") return end.status === "cancelled" || end.status === "lost";
  if (end.status === "cancelled") return true;
  const output = report.output === undefined ? null : JSON.stringify(report.output);
  return end.status === report.status && end.outputJson === output;
}
