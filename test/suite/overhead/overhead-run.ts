import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withBed, type ProcessBed } from "../../bed/process-bed.js";
import { descendantCpuSeconds } from "./descendant-cpu.js";
import type { Framework } from "./framework.js";

const bin = fileURLToPath(new URL("../../../../packages/capstan/bin/capstan.js", import.meta.url));

export interface OverheadOptions {
  readonly files: number;
  readonly runs: number;
}

/** What one run took: engine and worker are there before it, and count with what they do meanwhile. */
export interface Cost {
  readonly ms: number;
  /** Of all processes together. On a busy machine it says more than the time. */
  readonly cpuMs: number;
}

/** Medians of the runs. */
export interface OverheadReport {
  readonly own: Cost;
  readonly capstan: Cost;
  /** Of runs that followed each other. */
  readonly ratio: number;
  readonly cpuRatio: number;
}

/** Runs the same files by the framework itself and by `capstan test` on two slots, in turn. */
export async function overheadRun(framework: Framework, { files, runs }: OverheadOptions): Promise<OverheadReport> {
  return withBed(async (bed) => {
    await bed.startEngine();
    await bed.startWorker("w", { slots: 2 });
    const { root, paths } = await plantSuite(bed, framework, files);
    const own: Cost[] = [];
    const capstan: Cost[] = [];
    for (let run = 0; run < runs; run += 1) {
      own.push(await costOf(() => Promise.all(framework.own(paths).map((argv) => execute(argv, root, {})))));
      const argv = [process.execPath, bin, ...capstanArgs(framework)];
      capstan.push(await costOf(() => execute(argv, root, { CAPSTAN_URL: bed.url })));
    }
    const ratioOf = (figure: keyof Cost): number =>
      median(capstan.map((cost, run) => cost[figure] / own[run]![figure]));
    return { own: medianCost(own), capstan: medianCost(capstan), ratio: ratioOf("ms"), cpuRatio: ratioOf("cpuMs") };
  });
}

/** Isolated as the framework does by default. */
export function capstanArgs({ name, isolates }: Framework): string[] {
  return ["test", "--adapter", name, isolates ? "--isolate" : "--no-isolate"];
}

async function plantSuite(
  bed: ProcessBed,
  { name, folder, file, text }: Framework,
  files: number,
): Promise<{ root: string; paths: string[] }> {
  const root = join(bed.folder, "suite");
  await mkdir(join(root, "node_modules"), { recursive: true });
  if (folder !== undefined) await symlink(folder, join(root, "node_modules", name));
  const paths = Array.from({ length: files }, (_, n) => file(n));
  await mkdir(dirname(join(root, paths[0]!)), { recursive: true });
  for (const path of paths) await writeFile(join(root, path), text);
  return { root, paths };
}

async function costOf(act: () => Promise<unknown>): Promise<Cost> {
  const cpuSeconds = descendantCpuSeconds();
  const startedMs = performance.now();
  await act();
  const ms = performance.now() - startedMs;
  return { ms, cpuMs: (descendantCpuSeconds() - cpuSeconds) * 1_000 };
}

function medianCost(costs: readonly Cost[]): Cost {
  return { ms: median(costs.map(({ ms }) => ms)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) };
}

/** Ends when the command has; one that fails has measured nothing. */
function execute([program, ...args]: readonly string[], cwd: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 28 };
    execFile(program!, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else
        reject(
          new Error(`${program} ${args.slice(0, 3).join(" ")} failed: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`),
        );
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
