import { deployProbe } from "../bed/deploy-probe.js";
import { monotonicMs } from "../bed/journal.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { untilNoneWithTmp } from "../bed/process-tree.js";

export interface RecoveryReport {
  readonly kills: number;
  readonly tasks: number;
  /** From the SIGKILL of a worker until the last of its tasks runs elsewhere, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Tasks that did not run elsewhere, or ran there twice. */
  readonly astray: number;
}

export interface RecoveryOptions {
  readonly kills: number;
  /** Running on the worker that is killed. */
  readonly tasks: number;
  readonly tell?: (line: string) => void;
}

interface Recovery {
  readonly takenMs: number;
  readonly astray: number;
}

/** How long all of them may take; what does not run elsewhere by then throws. */
const giveUpMs = 20_000;

/** Kills a worker with many running tasks, again and again, and measures until all of them run on the one beside it. */
export function recoveryRun({ kills, tasks, tell }: RecoveryOptions): Promise<RecoveryReport> {
  return withBed(async (bed) => {
    await bed.startEngine();
    await deployProbe(bed.client);
    const rounds: Recovery[] = [];
    for (let round = 0; round < kills; round += 1) {
      const recovery = await recoverOnce(bed, round, tasks);
      tell?.(`kill ${round + 1}: all ${tasks} tasks run elsewhere after ${Math.round(recovery.takenMs)} ms`);
      rounds.push(recovery);
    }
    const takenMs = rounds.map((recovery) => recovery.takenMs).toSorted((left, right) => left - right);
    const at = (share: number): number => Math.round(takenMs[Math.ceil(takenMs.length * share) - 1]!);
    const astray = rounds.reduce((sum, recovery) => sum + recovery.astray, 0);
    return { kills, tasks, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), astray };
  });
}

async function recoverOnce(bed: ProcessBed, round: number, count: number): Promise<Recovery> {
  const [doomed, other] = [`doomed-${round}`, `other-${round}`];
  const base = bed.journal.of("begin").length;
  const launch = (from: number, forMs: number) =>
    bed.client.launchMany(
      "probe/shared",
      Array.from({ length: count }, (_, at) => ({ journal: bed.journal.file, n: from + at, forMs })),
    );
  // The other is the first to run, so that its executors are warm.
  const beside = await bed.startWorker(other, { slots: count });
  for (const task of await launch(base, 500)) await task.result({ timeoutMs: 60_000 });
  await bed.client.workers.drain(other);
  const worker = await bed.startWorker(doomed, { slots: count });
  const tasks = await launch(base + count, 600_000);
  await bed.journal.waitForCount("begin", base + 2 * count, 60_000);
  await bed.client.workers.drain(other, { isDraining: false });

  const killedAtMs = monotonicMs();
  worker.script.kill("SIGKILL");
  const lines = await bed.journal.waitForCount("begin", base + 3 * count, giveUpMs);
  const begun = lines.slice(base + 2 * count);
  const takenMs = Math.max(...begun.map(({ atMs }) => atMs)) - killedAtMs;

  await Promise.all(tasks.map((task) => task.cancel()));
  await Promise.all(tasks.map((task) => task.outcome({ timeoutMs: 60_000 })));
  await untilNoneWithTmp(worker.tmp, giveUpMs);
  beside.script.kill("SIGTERM");
  await untilNoneWithTmp(beside.tmp, giveUpMs);
  const elsewhere = new Set(begun.map(({ n }) => n).filter((n) => n >= base + count && n < base + 2 * count));
  return { takenMs, astray: count - elsewhere.size };
}
