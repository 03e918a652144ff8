import { resolve } from "node:path";
import type { Context } from "../context.js";
import { parseCount } from "../option/count.js";
import { parseDuration } from "../option/duration.js";

interface Typed {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly grace: string;
}

/** What an engine is started with. */
export interface ReadEngineOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly graceMs: number;
}

/** The checked options of an engine. @throws CapstanError `invalid-config` naming the option that is wrong. */
export function readEngineOptions({ io }: Context, { data, host, port, grace }: Typed): ReadEngineOptions {
  return {
    folder: resolve(io.cwd, data),
    host,
    port: parseCount(port, "--port", { min: 0, max: 65_535 }),
    graceMs: parseDuration(grace, "--grace"),
  };
}
