import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Capstan } from "@capstan/client";
import type { EngineOptions } from "@capstan/engine";
import { freePort, freshPostgres, Script, withFolder } from "@capstan/testkit";
import type { WorkerOptions } from "@capstan/worker";
import { Journal } from "./journal.js";
import { kill, processesWithTmp } from "./process-tree.js";

const engineRole = new URL("./engine-role.js", import.meta.url);
const workerRole = new URL("./worker-role.js", import.meta.url);

export interface EngineStart {
  /** See crash-point.ts. */
  readonly crash?: string;
  readonly config?: EngineOptions["config"];
  readonly retention?: EngineOptions["retention"];
  /** Default: loopback. */
  readonly host?: string;
  readonly nodeArgs?: readonly string[];
  readonly allowOrigins?: readonly string[];
}

export type WorkerStart = Partial<WorkerOptions> & { readonly isInline?: boolean };

export interface BedOptions {
  /** The bearer token of all. */
  readonly token?: string;
  /** `postgres://` address of the engine's store; SQLite without. */
  readonly store?: string;
}

/** A worker of a test, with the mark of everything that it starts. */
export interface WorkerProcess {
  readonly script: Script;
  readonly name: string;
  /** The `TMPDIR` of its tree. */
  readonly tmp: string;
}

/** An engine on one port and its workers, each a process of its own, with a client beside them. */
export class ProcessBed {
  readonly folder: string;
  readonly port: number;
  readonly client: Capstan;
  readonly journal: Journal;
  engine: Script | undefined;
  /** How long the engine's last start took, from its first line of code to its address. */
  startMs = 0;
  readonly #workers = new Map<string, WorkerProcess>();
  /** The bearer token of all, where there is one. */
  readonly #secret: { readonly token?: string };
  /** `postgres://` address of the engine's store; SQLite without. */
  readonly store: string | undefined;

  constructor(folder: string, port: number, { token, store }: BedOptions = {}) {
    this.folder = folder;
    this.port = port;
    this.store = store;
    this.#secret = token === undefined ? {} : { token };
    this.client = new Capstan({
      url: this.url,
      ...this.#secret,
      retry: { triesMax: 1_000, totalMs: 300_000, initialMs: 20, maxMs: 200 },
    });
    mkdirSync(join(folder, "journal"));
    this.journal = new Journal(join(folder, "journal", "lines"));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where the engine keeps everything durable. */
  get dataFolder(): string {
    return join(this.folder, "data");
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers.values()];
  }

  /** Starts the engine, or starts it again on the same folder and port. */
  async startEngine({ crash, nodeArgs, ...more }: EngineStart = {}): Promise<Script> {
    const place = { folder: this.dataFolder, ...(this.store === undefined ? {} : { store: this.store }) };
    const options = { ...place, port: this.port, ...this.#secret, ...more };
    const engine = await Script.start(engineRole, {
      args: [JSON.stringify(options)],
      isDetached: true,
      ...(nodeArgs === undefined ? {} : { nodeArgs }),
      ...(crash === undefined ? {} : { env: { CAPSTAN_CRASH_POINT: crash } }),
    });
    this.engine = engine;
    const line = await engine.waitForLine('"url"', 120_000);
    this.startMs = (JSON.parse(line) as { startMs: number }).startMs;
    return engine;
  }

  /** Kills the engine, and resolves when it is gone. */
  async killEngine(): Promise<void> {
    await this.engine?.stop("SIGKILL");
  }

  /** Starts a worker and waits until it has joined; `within`: the command that its process is started by. */
  async startWorker(name: string, options: WorkerStart = {}, within: readonly string[] = []): Promise<WorkerProcess> {
    const worker = await this.spawnWorker(name, options, within);
    await worker.script.waitForLine('"joined"', 20_000);
    return worker;
  }

  /** Starts a worker, whether or not there is an engine to join. One of a name takes the place of the one before it. */
  async spawnWorker(name: string, options: WorkerStart = {}, within: readonly string[] = []): Promise<WorkerProcess> {
    const tmp = join(this.folder, `tmp-${name}`);
    mkdirSync(tmp, { recursive: true });
    const base = { engine: this.url, name, slots: 4, folder: join(this.folder, "cache"), ...this.#secret };
    const args = [JSON.stringify({ ...base, ...options })];
    const script = await Script.start(workerRole, { args, env: { TMPDIR: tmp }, within, isDetached: true });
    const worker = { script, name, tmp };
    this.#workers.set(name, worker);
    return worker;
  }

  async close(): Promise<void> {
    for (const { tmp } of this.workers) for (const { pid } of processesWithTmp(tmp)) kill(pid);
    const engines = this.engine === undefined ? [] : [this.engine];
    const scripts = [...this.workers.map(({ script }) => script), ...engines];
    const ends = await Promise.allSettled(scripts.map((script) => script.stop()));
    for (const end of ends) if (end.status === "rejected") throw end.reason as Error;
  }
}

/**
 * Runs a test with processes of its own, none of which is left afterwards. With `CAPSTAN_TEST_STORE=postgres` every
 * engine keeps its tasks in a schema of the run's server.
 */
export function withBed<T>(use: (bed: ProcessBed) => Promise<T>, options: BedOptions = {}): Promise<T> {
  return withFolder(async (folder) => {
    const isOnPostgres = process.env["CAPSTAN_TEST_STORE"] === "postgres";
    const store = options.store ?? (isOnPostgres ? await freshPostgres() : undefined);
    const bed = new ProcessBed(folder, await freePort(), { ...options, ...(store === undefined ? {} : { store }) });
    try {
      return await use(bed);
    } finally {
      await bed.close();
    }
  });
}
