import { execFile } from "node:child_process";
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PhaseView } from "@capstan/protocol";
import { pushSnapshot, snapshot, type Pushed } from "@capstan/workspace";
import { withBed, type ProcessBed } from "../../bed/process-bed.js";
import { plantTree } from "./sync-tree.js";

const run = promisify(execFile);

export interface SyncOptions {
  readonly files: number;
  readonly bytes: number;
  readonly seed: number;
  /** Runs after the first, each with one file changed. */
  readonly runs: number;
  readonly tell?: (line: string) => void;
}

/** One run: what travelled, and how long each end took, in ms. */
export interface SyncSample {
  readonly filesSent: number;
  readonly bytesSent: number;
  /** Taking the snapshot and sending what the engine lacked. */
  readonly sendMs: number;
  /** Fetching what the worker lacked, and writing the copy. */
  readonly fetchMs: number;
  /** `rsync -a` of the same change on the same machine; undefined where there is no rsync. */
  readonly rsyncMs: number | undefined;
}

/** Sends a tree to an engine and on to a worker, the first time whole, then with one file changed at a time. */
export function syncRun(options: SyncOptions): Promise<readonly SyncSample[]> {
  const { files, bytes, seed, runs, tell = () => {} } = options;
  return withBed(async (bed) => {
    const root = join(bed.folder, "tree");
    tell(`writing ${files} files`);
    await mkdir(root);
    await plantTree(root, { files, bytes, seed });
    await bed.startEngine();
    await bed.startWorker("one", { slots: 1 });
    const samples: SyncSample[] = [];
    for (let n = 0; n <= runs; n += 1) {
      if (n > 0) await appendFile(join(root, "part-0", "folder-0", "file-0"), `change ${n}\n`);
      samples.push(await sample(bed, root));
      tell(`run ${n}: ${JSON.stringify(samples.at(-1))}`);
    }
    return samples;
  });
}

async function sample(bed: ProcessBed, root: string): Promise<SyncSample> {
  const rsyncMs = await timeRsync(root, join(bed.folder, "beside"));
  const startedAtMs = performance.now();
  const { tree, filesSent, bytesSent } = await push(bed, root);
  const sendMs = performance.now() - startedAtMs;
  const launch = { task: "command/run", tasks: [{ input: { command: ["true"] } }], workspace: { tree } };
  const taskset = await bed.client.launchTaskset(launch);
  const { status, cause } = await taskset.result({ timeoutMs: 600_000 });
  if (status !== "succeeded") throw new Error(`the taskset is ${status}: ${cause ?? "no cause"}`);
  const phases: PhaseView[] = await taskset.phases();
  const fetchMs = phases.find(({ phase }) => phase === "sync")!.durationMs;
  return { filesSent, bytesSent, sendMs, fetchMs, rsyncMs };
}

async function push(bed: ProcessBed, root: string): Promise<Pushed> {
  const taken = await snapshot(root, { statCache: join(bed.folder, "stat-cache") });
  return pushSnapshot(taken, bed.client.blobs);
}

async function timeRsync(root: string, beside: string): Promise<number | undefined> {
  const startedAtMs = performance.now();
  try {
    await run("rsync", ["-a", `${root}/`, beside]);
    return performance.now() - startedAtMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
