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
    await bed.killEngine();
    const startedMs = performance.now();
    await bed.startEngine();
    await bed.client.status();
    const restartMs = Math.round(performance.now() - startedMs);
    const restartCpuMs = Math.round(cpuSecondsOf(bed.engine!.pid) * 1_000);
    const left = (await unfinished(bed)) || (await launch(bed, bulk), bulk);
    await startNoopWorker(bed, "second");
    while ((await unfinished(bed)) >= left) await pause(10);
    const firstVerdictMs = Math.round(performance.now() - startedMs);
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

async function unfinished(bed: ProcessBed): Promise<number> {
  const { waiting, queued, running } = (await bed.client.status()).tasks;
  return waiting + queued + running;
}

/** Verdicts a second over so many of them, once the worker is warm. */
async function measureDrain(
  bed: ProcessBed,
  drained: number,
): Promise<Pick<BacklogReport, "drainPerSecond" | "drainMicroseconds">> {
  const full = await unfinished(bed);
  while ((await unfinished(bed)) > full - 1_000) await pause(5);
  const from = await unfinished(bed);
  const startedMs = performance.now();
  const cpu = cpuSecondsOf(bed.engine!.pid);
  let left = from;
  while (left > 0 && from - left < drained) {
    await pause(10);
    left = await unfinished(bed);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const used = cpuSecondsOf(bed.engine!.pid) - cpu;
  return {
    drainPerSecond: Math.round((from - left) / seconds),
    drainMicroseconds: Math.round((used / (from - left)) * 1e6),
  };
}

async function deployNoop({ client }: ProcessBed): Promise<void> {
  const manifest = describePlugin(noopPlugin, { runtime: "inline", files: [] });
  await client.plugins.deploy(manifest, () => Promise.reject(new Error("it has no files")));
}

function startNoopWorker(bed: ProcessBed, name: string): Promise<WorkerProcess> {
  return bed.startWorker(name, { slots: 64, isInline: true });
}
