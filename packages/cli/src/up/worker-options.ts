import { resolve } from "node:path";
import { limits } from "@capstan/protocol";
import { settingsOf, type Context } from "../context.js";
import { parseCount } from "../option/count.js";

interface Typed {
  readonly engine?: string;
  readonly slots?: string;
  readonly label?: readonly string[];
  readonly name?: string;
  readonly cache?: string;
}

/** What a worker is started with; also what is passed to one in a process of its own. */
export interface WorkerFlags {
  readonly engine: string;
  readonly namespace: string;
  readonly token?: string;
  readonly slots?: number;
  readonly labels?: readonly string[];
  readonly name?: string;
  readonly folder?: string;
}

/** The checked options of a worker. @throws CapstanError `invalid-config` naming the option that is wrong. */
export async function readWorkerOptions(context: Context, options: Typed): Promise<WorkerFlags> {
  const { url, token, namespace } = await settingsOf(context);
  const { engine = url, slots, label, name, cache } = options;
  return {
    engine,
    namespace,
    ...(token === undefined ? {} : { token }),
    ...(slots === undefined ? {} : { slots: parseCount(slots, "--slots", { max: limits.slotsMax }) }),
    ...(label === undefined ? {} : { labels: label }),
    ...(name === undefined ? {} : { name }),
    ...(cache === undefined ? {} : { folder: resolve(context.io.cwd, cache) }),
  };
}
