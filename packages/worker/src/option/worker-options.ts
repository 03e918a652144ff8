import { availableParallelism, homedir, hostname } from "node:os";
import { join } from "node:path";
import type { Plugin } from "@capstan/plugin";
import { defaultNamespace, systemClock, systemRandom, times, type Clock, type Random } from "@capstan/protocol";
import type { Runtime, Transport } from "@capstan/protocol";
import type { WorkerEvent } from "../event/worker-event.js";
import type { ExecutorKind, ExecutorKindName, ExecutorLimits } from "../executor/executor.js";
import { executorKinds } from "../executor/registry.js";
import type { Fetch } from "../plugin/engine-http.js";
import type { Revisions } from "../plugin/revision-cache.js";
import type { Defer } from "../session/link.js";
import { Spawner, type SpawnerOptions, type WorkerSpawner } from "../spawner/spawner.js";
import type { Statistics, WorkerUse } from "../statistics/statistics-source.js";
import { WsTransport } from "../transport/ws-transport.js";

/** Bounds of a worker, every one settable. */
export interface WorkerLimits {
  /** How long a revision that no task needs is kept, in ms. Default 30,000. */
  readonly lingerMs: number;
  /** Bytes of revisions kept on disk. Default 2 GiB. */
  readonly cacheBytesMax: number;
  /** Bytes of files that are kept for later workspaces, over all workers that share the folder. Default 10 GiB. */
  readonly workspaceBytesMax: number;
  /** The time a setup script may take that states none of its own, in ms. Default 600,000. */
  readonly setupMs: number;
  /** How long a taskset whose setup failed, or a revision that cannot be loaded, is declined, in ms. Default 30,000. */
  readonly failedMs: number;
  /** An offer waits for an executor that is expected within this time, in ms. Default 500. */
  readonly holdMs: number;
  /** Output of answered trials that is kept until the engine has stored it, in bytes. Default 64 MiB. */
  readonly logBytesMax: number;
  /** How long a connection may take from hello to welcome, in ms. Default 10,000. */
  readonly joinMs: number;
  /** How long calls over HTTP are tried again, in ms. Default 60,000. */
  readonly httpRetryMs: number;
  /** How long one of them may take, in ms. Default 60,000. */
  readonly httpTryMs: number;
  /** Limits of executors: loading, recycling. */
  readonly executor: Partial<ExecutorLimits>;
}

/** What connects a worker with the world; tests and simulations pass their own. */
export interface WorkerSeams {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly fetch: Fetch;
  /** Runs a callback at the end of the present turn. */
  readonly defer: Defer;
  /** Starts the spawner, once it is needed. */
  readonly spawn: (options: SpawnerOptions) => WorkerSpawner;
  readonly executors: Readonly<Record<ExecutorKindName, ExecutorKind>>;
  /** Reads the machine's figures for a heartbeat; the machine's own by default. */
  readonly statistics?: (use: WorkerUse) => Statistics;
  /** Where revisions come from; a cache in the worker's folder by default. */
  readonly revisions?: Revisions;
}

export interface WorkerOptions {
  /** The address of the engine (`http:` or `https:`), or several addresses of the same engine that are tried in turn. */
  readonly engine: string | readonly string[];
  /** Default `default`. */
  readonly namespace?: string;
  /** The bearer token, where the engine asks for one. */
  readonly token?: string;
  /** Shown to people. Default: the machine's name. */
  readonly name?: string;
  /** What tasks may ask for. */
  readonly labels?: readonly string[];
  /** Trials at a time. Default: the machine's cores. */
  readonly slots?: number;
  /** Default: node and command, and inline when plugins are given. */
  readonly runtimes?: readonly Runtime[];
  /** Plugins whose code is part of this process; they are deployed when the worker starts. */
  readonly plugins?: readonly Plugin[];
  /** Where revisions are kept; workers may share it. Default: `capstan` in the user's cache folder. */
  readonly folder?: string;
  readonly limits?: Partial<WorkerLimits>;
  readonly seams?: Partial<WorkerSeams>;
  /** Is told everything that happens, from the first connection on. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

/** Options with every default filled in. */
export interface WorkerConfig {
  readonly engines: readonly string[];
  readonly namespace: string;
  readonly token: string | undefined;
  readonly name: string;
  readonly labels: readonly string[];
  readonly slots: number;
  readonly runtimes: readonly Runtime[];
  readonly plugins: readonly Plugin[];
  readonly folder: string;
  readonly limits: WorkerLimits;
  readonly seams: WorkerSeams;
  readonly onEvent: ((event: WorkerEvent) => void) | undefined;
}

const limitDefaults: WorkerLimits = {
  lingerMs: 30_000,
  cacheBytesMax: 2 * 1024 ** 3,
  workspaceBytesMax: 10 * 1024 ** 3,
  setupMs: times.setupMs,
  failedMs: 30_000,
  holdMs: 500,
  logBytesMax: 64 * 1024 * 1024,
  joinMs: 10_000,
  httpRetryMs: 60_000,
  httpTryMs: 60_000,
  executor: {},
};

const fetchedRuntimes: readonly Runtime[] = ["node", "command"];
const allRuntimes: readonly Runtime[] = [...fetchedRuntimes, "inline"];

/** The options with the defaults of what was left out. */
export function withDefaults(options: WorkerOptions): WorkerConfig {
  const plugins = options.plugins ?? [];
  const engines = typeof options.engine === "string" ? [options.engine] : options.engine;
  return {
    engines: engines.map((engine) => engine.replace(/\/+$/, "")),
    namespace: options.namespace ?? defaultNamespace,
    token: options.token,
    name: options.name ?? hostname().replace(/[^A-Za-z0-9_.-]/g, "-"),
    labels: options.labels ?? [],
    slots: options.slots ?? availableParallelism(),
    runtimes: [...new Set(options.runtimes ?? (plugins.length > 0 ? allRuntimes : fetchedRuntimes))],
    plugins,
    folder: options.folder ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "capstan"),
    limits: { ...limitDefaults, ...options.limits },
    seams: {
      clock: systemClock,
      random: systemRandom,
      transport: new WsTransport(),
      fetch: (url, init) => globalThis.fetch(url, init),
      defer: (callback) => void setImmediate(callback),
      spawn: (spawner) => Spawner.open(spawner),
      executors: executorKinds,
      ...options.seams,
    },
    onEvent: options.onEvent,
  };
}
