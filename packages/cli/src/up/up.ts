import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { parseCount } from "../option/count.js";
import { counted } from "../render/text.js";
import { duration } from "../render/quantity.js";
import { watchSignals, type Interruption } from "../run/interruption.js";
import type { EngineFlags } from "./engine-flags.js";
import { readEngineOptions, type ReadEngineOptions } from "./engine-options.js";
import { makeLog, type LogLevel } from "./log.js";
import { startEngine, type ListeningEngine } from "./start-engine.js";
import { WorkerProcess } from "./worker-process.js";
import { readWorkerOptions, type WorkerFlags } from "./worker-options.js";

/** The options of `capstan up` as they are typed. */
export interface UpOptions extends EngineFlags {
  readonly workers: string;
  readonly slots?: string;
  readonly label?: readonly string[];
  readonly verbose?: boolean;
}

/** Starts an engine in this process and workers in processes of their own, and ends them in the other order. */
export async function up(context: Context, options: UpOptions): Promise<void> {
  const startedAtMs = performance.now();
  const { output } = context;
  const count = parseCount(options.workers, "--workers", { min: 0, max: 64 });
  const read = readEngineOptions(context, options);
  const flags = await readWorkerOptions(context, options);
  const least: LogLevel = options.verbose === true ? "info" : "warn";
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const onFirst = (): void => {
    output.note("ending; once more ends it at once");
    end();
  };
  const workers: WorkerProcess[] = [];
  const interruption = watchSignals(context, onFirst, () => force(context, workers));
  const engine = await startEngine(context, read, makeLog(output, { least }));
  for (let at = 1; at <= count; at += 1) {
    const name = `worker-${at}`;
    workers.push(new WorkerProcess({ ...flags, engine: engine.url, name }, makeLog(output, { least, name })));
  }
  try {
    await Promise.race([Promise.all(workers.map((worker) => worker.ready)), ended, engine.closed]);
    const tookMs = performance.now() - startedAtMs;
    if (!interruption.isInterrupted) tellReady(context, { engine, count, flags, read, tookMs });
    await Promise.race([ended, engine.closed]);
    if (!interruption.isInterrupted) context.exitCode = exitCodes.failed;
  } finally {
    await close({ engine, workers, graceMs: read.graceMs, interruption });
  }
}

interface Ready {
  readonly engine: ListeningEngine;
  readonly count: number;
  readonly flags: WorkerFlags;
  readonly read: ReadEngineOptions;
  readonly tookMs: number;
}

function tellReady({ output }: Context, { engine: { url }, count, flags, read, tookMs }: Ready): void {
  const { folder, store } = read;
  if (output.isJson) return output.json({ type: "ready", url, workers: count, folder, tookMs: Math.round(tookMs) });
  const { style, isTerminal } = output;
  const slots = flags.slots === undefined ? "" : ` with ${counted(flags.slots, "slot")} each`;
  output.line(`capstan is up at ${style.bold(url)}${style.dim(` in ${duration(tookMs)}`)}`);
  const place = store === undefined ? `data in ${folder}` : `tasks in PostgreSQL, files in ${folder}`;
  output.line(style.dim(`  ${counted(count, "worker")}${slots} · ${place}${isTerminal ? " · Ctrl-C ends it" : ""}`));
}

interface Parts {
  readonly engine: ListeningEngine;
  readonly workers: readonly WorkerProcess[];
  readonly graceMs: number;
  readonly interruption: Interruption;
}

/** Workers first: the engine is there for the last results. */
async function close({ engine, workers, graceMs, interruption }: Parts): Promise<void> {
  try {
    await Promise.all(workers.map((worker) => worker.close(graceMs)));
    await engine.close({ graceMs: Math.min(graceMs, 2_000) });
  } finally {
    interruption.stop();
  }
}

/** What runs is stopped, and the engine then closes by itself; whatever hangs even so is left behind. */
const forceMs = 3_000;

function force(context: Context, workers: readonly WorkerProcess[]): void {
  context.exitCode = exitCodes.interrupted;
  for (const worker of workers) void worker.close(0);
  setTimeout(() => context.io.exit(exitCodes.interrupted), forceMs).unref();
}
