import { resolve } from "node:path";
import type { Retention } from "@capstan/engine";
import type { Context } from "../context.js";
import { parseCount } from "../option/count.js";
import { parseDuration } from "../option/duration.js";
import type { EngineFlags } from "./engine-flags.js";

/** What an engine is started with. */
export interface ReadEngineOptions {
  readonly folder: string;
  /** Address of a PostgreSQL; SQLite in the folder without. */
  readonly store?: string;
  readonly host: string;
  readonly port: number;
  readonly graceMs: number;
  readonly retention: Required<Retention>;
  readonly allowOrigins: readonly string[];
}

/** The checked options of an engine. @throws CapstanError `invalid-config` naming the option that is wrong. */
export function readEngineOptions({ io }: Context, options: EngineFlags): ReadEngineOptions {
  const { data, host, port, grace, taskRetention, logRetention, allowOrigin = [] } = options;
  const store = options.store ?? (io.env["CAPSTAN_STORE"] || undefined);
  return {
    folder: resolve(io.cwd, data),
    ...(store === undefined ? {} : { store }),
    host,
    port: parseCount(port, "--port", { min: 0, max: 65_535 }),
    graceMs: parseDuration(grace, "--grace"),
    retention: {
      taskMs: parseDuration(taskRetention, "--task-retention"),
      logMs: parseDuration(logRetention, "--log-retention"),
      blobMs: parseDuration(options.blobRetention, "--blob-retention"),
      estimateMs: parseDuration(options.estimateRetention, "--estimate-retention"),
    },
    allowOrigins: allowOrigin,
  };
}
