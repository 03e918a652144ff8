import { join } from "node:path";
import { defaultCoreConfig, type CoreConfig } from "@capstan/core";
import { CapstanError, systemClock, systemRandom, times, type Clock, type Random } from "@capstan/protocol";
import { FolderBlobStore, openSqliteStore, type BlobStore, type Store } from "@capstan/store";
import { startApi, type Api } from "./api/start-api.js";
import { Engine } from "./engine/engine.js";
import { makeOperations } from "./engine/engine-operations.js";
import type { Defer } from "./loop/engine-loop.js";
import { Janitor, type Retention } from "./engine/janitor.js";
import { silentLogger, type Logger } from "./api/logger.js";

/** What connects an engine with the world; tests pass their own. */
export interface EngineSeams {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls back after the sockets were read once more. */
  readonly defer: Defer;
  /** Where rows and blobs are, in place of the folder. */
  readonly stores: { readonly store: Store; readonly blobs: BlobStore };
}

export interface EngineOptions {
  /** Where everything durable is, or with `store` the blobs alone; made when it is not there. */
  readonly folder: string;
  /** `postgres://` address of where the rows are, in place of SQLite in the folder; see `openPostgresStore`. */
  readonly store?: string;
  /** Default 127.0.0.1; any address but loopback needs a token. */
  readonly host?: string;
  /** Default 7717; 0 for any free one; `null`: nothing listens, and only `fetch` reaches it. */
  readonly port?: number | null;
  readonly token?: string;
  /** Origins whose pages may call the API from a browser, such as `https://app.example.com`; default none. */
  readonly allowOrigins?: readonly string[];
  /** Where it logs; silent by default. */
  readonly logger?: Logger;
  readonly config?: Partial<CoreConfig>;
  readonly retention?: Retention;
  readonly backlogMax?: number;
  /** Whether SQLite runs on threads of its own; default true. */
  readonly isThreaded?: boolean;
  readonly seams?: Partial<EngineSeams>;
}

export interface RunningEngine {
  /** Where it listens; undefined when it does not. */
  readonly url: string | undefined;
  readonly fetch: Api["fetch"];
  readonly engine: Engine;
  /** Resolves when it has ended: by close, or because another engine took its store. */
  readonly closed: Promise<void>;
  /** Offers nothing more, waits for running trials up to `graceMs` (default 10,000), commits, ends. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * Starts an engine on a folder, or on PostgreSQL with its blobs in the folder.
 * @throws CapstanError `store-locked`, `store-newer`, `store-failed`, `unsupported`, `token-required`, `invalid-config`.
 */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const { config = {}, logger = silentLogger } = options;
  const { clock = systemClock, random = systemRandom, defer = setImmediate } = options.seams ?? {};
  const { store, blobs } = options.seams?.stores ?? (await openStores(options));
  let end: () => void = () => {};
  const closed = new Promise<void>((resolve) => (end = resolve));
  const engine = await Engine.open({
    store,
    blobs,
    clock,
    random,
    defer,
    config: { ...defaultCoreConfig, ...config },
    ...(options.backlogMax === undefined ? {} : { backlogMax: options.backlogMax }),
    events: {
      commitFailed: (error) => logger.error({ error }, "a commit failed and is tried again"),
      failed: (error) => logger.error({ error }, "something failed in the background"),
      broken: (error) => {
        logger.error({ error }, "the engine has stopped: start it again");
        end();
      },
    },
  });
  const api = await openApi(engine, store, options);
  const retention = {
    taskMs: times.taskRetentionMs,
    logMs: times.logRetentionMs,
    blobMs: times.blobRetentionMs,
    estimateMs: times.estimateRetentionMs,
    ...options.retention,
  };
  const janitor = new Janitor({
    store,
    clock,
    retention,
    beforeSweep: () => engine.workspaces.keep(retention.blobMs),
    failed: (error) => logger.warn({ error }, "pruning failed"),
  });
  let closing: Promise<void> | undefined;
  const close = async (graceMs: number | undefined): Promise<void> => {
    janitor.stop();
    // The API stays open while workers report on what still runs.
    await engine.drain(graceMs === undefined ? {} : { graceMs });
    await api.close();
    await engine.close();
    end();
  };
  return {
    url: api.url,
    fetch: api.fetch,
    engine,
    closed,
    close: ({ graceMs } = {}) => (closing ??= close(graceMs)),
  };
}

async function openStores({ folder, store: url, isThreaded = true }: EngineOptions): Promise<EngineSeams["stores"]> {
  const blobs = new FolderBlobStore({ folder: join(folder, "blobs") });
  if (url !== undefined) {
    const { openPostgresStore } = await import("@capstan/store/postgres");
    return { blobs, store: openPostgresStore({ url, blobs }) };
  }
  return { blobs, store: openSqliteStore({ folder, blobs, thread: isThreaded }) };
}

async function openApi(engine: Engine, store: Store, options: EngineOptions): Promise<Api> {
  const { host, port = 7717, token, logger, seams } = options;
  try {
    return await startApi({
      operations: makeOperations(engine, store),
      measures: () => engine.measures(),
      ...(host === undefined ? {} : { host }),
      ...(port === null ? {} : { port }),
      ...(token === undefined ? {} : { token }),
      ...(options.allowOrigins === undefined ? {} : { allowOrigins: options.allowOrigins }),
      ...(logger === undefined ? {} : { logger }),
      ...(seams?.clock === undefined ? {} : { clock: seams.clock }),
    });
  } catch (error) {
    await engine.close();
    throw error instanceof CapstanError ? error : new CapstanError("internal", String(error), { cause: error });
  }
}
