import { setTimeout as pause } from "node:timers/promises";
import { describePlugin } from "@capstan/plugin";
import { noopPlugin } from "../bed/noop-plugin.js";
import { cpuSecondsOf, residentBytesOf } from "../bed/process-tree.js";
import { withBed, type ProcessBed, type WorkerProcess } from "../bed/process-bed.js";

export interface BacklogReport {
  readonly tasks: number;
  readonly launchPerSecond: number;
  readonly engineMegabytes: number;
  /** Tasks brought to their verdicts a second, with all of the backlog behind them. */
  readonly drainPerSecond: number;
  /** The engine's CPU for each of them: a steadier figure than the rate where others use the machine too. */
  readonly drainMicroseconds: number;
  /** The engine's memory after that. */
  readonly engineMegabytesAfter: number;
  /** From the start of a process on the whole backlog to the first answer of its API. */
  readonly restartMs: number;
  /** CPU that the process used until then, in ms. */
  readonly restartCpuMs: number;
  /** From the start of that process to the first verdict that it gives. */
  readonly firstVerdictMs: number;
  /** From the start of that process until it knows of all tasks: it loads them while it works. */
  readonly loadedMs: number;
  /** Verdicts a second after that, when nearly all tasks must be read from the store first. */
  readonly drainPerSecondRestarted: number;
  readonly drainMicrosecondsRestarted: number;
  readonly engineMegabytesRestarted: number;
}

const definition = "backlog/noop";
const bulk = 1_000;
const payload = { s: "x".repeat(190) };

/** Launches so many tasks without a worker, then measures dispatch for a while, and a restart with what is left. */
export function backlogRun(tasks: number, drained: number): Promise<BacklogReport> {
  return withBed(async (bed) => {
    await bed.startEngine();
    await deployNoop(bed);
    const launchPerSecond = await launch(bed, tasks);
    const megabytes = (): number => Math.round(residentBytesOf(bed.engine!.pid) / 2 ** 20);
    const engineMegabytes = megabytes();
    const worker = await startNoopWorker(bed, "first");
    const drain = await measureDrain(bed, drained);
    worker.script.kill();
    await worker.script.exited;
    const engineMegabytesAfter = megabytes();
    const left = await unfinished(bed);
    await bed.killEngine();
    const startedMs = performance.now();
    await bed.startEngine();
    await bed.client.status();
    const restartMs = Math.round(performance.now() - startedMs);
    const restartCpuMs = Math.round(cpuSecondsOf(bed.engine!.pid) * 1_000);
    await startNoopWorker(bed, "second");
    while ((await finished(bed)) === 0) await pause(10);
    const firstVerdictMs = Math.round(performance.now() - startedMs);
    while ((await unfinished(bed)) + (await finished(bed)) < left) await pause(20);
    const loadedMs = Math.round(performance.now() - startedMs);
    const again = await measureDrain(bed, drained);
    const engineMegabytesRestarted = megabytes();
    return {
      tasks,
      launchPerSecond,
      engineMegabytes,
      ...drain,
      engineMegabytesAfter,
      restartMs,
      restartCpuMs,
      firstVerdictMs,
      loadedMs,
      drainPerSecondRestarted: again.drainPerSecond,
      drainMicrosecondsRestarted: again.drainMicroseconds,
      engineMegabytesRestarted,
    };
  });
}

async function launch(bed: ProcessBed, tasks: number): Promise<number> {
  const body = JSON.stringify({ tasks: Array.from({ length: bulk }, () => ({ definition, input: payload })) });
  const startedMs = performance.now();
  let left = Math.ceil(tasks / bulk);
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send(bed, body);
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  return Math.round(tasks / ((performance.now() - startedMs) / 1_000));
}

async function send(bed: ProcessBed, body: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${bed.url}/v1/namespaces/default/tasks/bulk`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const text = await answer.text();
    if (answer.status === 201) return;
    if (answer.status !== 503 && answer.status !== 429) throw new Error(text);
    await pause(100);
  }
}

async function unfinished({ client }: ProcessBed): Promise<number> {
  const { waiting, queued, running } = (await client.status()).tasks;
  return waiting + queued + running;
}

/** Verdicts that this process of the engine gave. */
async function finished({ client }: ProcessBed): Promise<number> {
  const counters = (await client.metrics()).matchAll(/^capstan_tasks_finished_total\{[^}]*\} (\d+)/gm);
  return [...counters].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Verdicts a second over so many of them, once the worker is warm; fewer, or 0 a second, when there are no more. */
async function measureDrain(
  bed: ProcessBed,
  drained: number,
): Promise<Pick<BacklogReport, "drainPerSecond" | "drainMicroseconds">> {
  const cold = await finished(bed);
  while ((await finished(bed)) < cold + 1_000 && (await unfinished(bed)) > 0) await pause(5);
  const from = await finished(bed);
  const startedMs = performance.now();
  const cpu = cpuSecondsOf(bed.engine!.pid);
  let done = from;
  while (done - from < drained && (await unfinished(bed)) > 0) {
    await pause(10);
    done = await finished(bed);
  }
  if (done === from) return { drainPerSecond: 0, drainMicroseconds: 0 };
  const seconds = (performance.now() - startedMs) / 1_000;
  const used = cpuSecondsOf(bed.engine!.pid) - cpu;
  return {
    drainPerSecond: Math.round((done - from) / seconds),
    drainMicroseconds: Math.round((used / (done - from)) * 1e6),
  };
}

async function deployNoop({ client }: ProcessBed): Promise<void> {
  const manifest = describePlugin(noopPlugin, { runtime: "inline", files: [] });
  await client.plugins.deploy(manifest, () => Promise.reject(new Error("it has no files")));
}

function startNoopWorker(bed: ProcessBed, name: string): Promise<WorkerProcess> {
  return bed.startWorker(name, { slots: 64, isInline: true });
}
