import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withBed, type ProcessBed } from "../../bed/process-bed.js";
import { byCountMs, byPullMs, lowerBoundMs, makeLengths, type LengthOptions } from "./lengths.js";

const bin = fileURLToPath(new URL("../../../../packages/capstan/bin/capstan.js", import.meta.url));

export interface OrderOptions extends LengthOptions {
  readonly slots: number;
  readonly runs: number;
  readonly tell?: (line: string) => void;
}

/** Times of a whole suite over the lower bound; medians of the runs. */
export interface OrderReport {
  readonly boundMs: number;
  readonly learned: number;
  readonly unlearned: number;
  /** Computed from the lengths, without any cost of starting. */
  readonly byPull: number;
  readonly byCount: number;
}

/** Runs files that sleep, each time as a suite that nothing is known of, and again when their lengths are learnt. */
export async function orderRun({ slots, runs, tell = () => {}, ...options }: OrderOptions): Promise<OrderReport> {
  const lengths = makeLengths(options);
  const boundMs = lowerBoundMs(lengths, slots);
  const ratios = { learned: [] as number[], unlearned: [] as number[] };
  await withBed(async (bed) => {
    await bed.startEngine();
    // Two machines of half the slots each.
    for (const name of ["a", "b"]) await bed.startWorker(name, { slots: slots / 2, folder: join(bed.folder, name) });
    const root = await plantFiles(bed, lengths);
    // Bundle and executors are there before the first run that is timed.
    await runSuite(bed, root, { name: "warm", pattern: "f00?" });
    for (let run = 0; run < runs; run += 1) {
      for (const kind of ["unlearned", "learned"] as const) {
        const ratio = (await runSuite(bed, root, { name: `run-${run}`, pattern: "f*" })) / boundMs;
        tell(`${kind}: ${ratio.toFixed(3)} of the lower bound of ${(boundMs / 1_000).toFixed(1)} s`);
        ratios[kind].push(ratio);
      }
    }
  });
  return {
    boundMs,
    learned: median(ratios.learned),
    unlearned: median(ratios.unlearned),
    byPull: byPullMs(lengths, slots) / boundMs,
    byCount: byCountMs(lengths, slots) / boundMs,
  };
}

async function plantFiles(bed: ProcessBed, lengths: readonly number[]): Promise<string> {
  const root = join(bed.folder, "suite");
  await mkdir(root);
  for (const [at, ms] of lengths.entries())
    await writeFile(join(root, `f${String(at).padStart(3, "0")}`), `exec sleep ${ms / 1_000}\n`);
  return root;
}

/** From the launch to the end of the last file. */
async function runSuite(
  bed: ProcessBed,
  root: string,
  { name, pattern }: { name: string; pattern: string },
): Promise<number> {
  const argv = [bin, "test", pattern, "--command", "exec sh {}", "--name", name, "--json"];
  const env = { ...process.env, CAPSTAN_URL: bed.url };
  const stdout = await new Promise<string>((resolve, reject) => {
    const options = { cwd: root, env, maxBuffer: 1 << 28 };
    execFile(process.execPath, argv, options, (error, out) => (error === null ? resolve(out) : reject(error)));
  });
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { taskset?: TasksetTimes });
  const { launchedAtMs, endedAtMs } = events.at(-1)!.taskset!;
  return endedAtMs - launchedAtMs;
}

interface TasksetTimes {
  readonly launchedAtMs: number;
  readonly endedAtMs: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
