import { resolve } from "node:path";
import type { Capstan } from "@capstan/client";
import type { Io } from "./io/io.js";
import type { Output } from "./io/output.js";

/** What every verb takes, before or after its name. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly namespace?: string;
}

/** What a verb works with. */
export interface Context {
  readonly io: Io;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** What the process ends with when the verb succeeds; a verb sets it from the result it shows. */
  exitCode: number;
}

/** Enough for an engine that restarts, short enough for somebody who waits at a prompt. */
const retry = { triesMax: 4, totalMs: 2_000 };

/** The client of the engine that the options and the environment name. */
export async function connect(context: Context): Promise<Capstan> {
  const [{ Capstan }, settings] = await Promise.all([import("@capstan/client"), settingsOf(context)]);
  return new Capstan({ ...settings, retry });
}

export interface ConnectionSettings {
  readonly url: string;
  readonly token: string | undefined;
  readonly namespace: string;
}

/** Where the engine is, from options, then the environment, then the defaults. */
export async function settingsOf({ options, io }: Context): Promise<ConnectionSettings> {
  return {
    url: options.url ?? (io.env["CAPSTAN_URL"] || "http://127.0.0.1:7717"),
    token: await readToken(options, io),
    namespace: options.namespace ?? (io.env["CAPSTAN_NAMESPACE"] || "default"),
  };
}

/** @throws CapstanError `invalid-config` for a file that cannot be read. */
async function readToken({ token, tokenFile }: GlobalOptions, { env, cwd }: Io): Promise<string | undefined> {
  if (token !== undefined) return token;
  if (tokenFile === undefined) return env["CAPSTAN_TOKEN"] || undefined;
  const { readText } = await import("./io/read.js");
  return (await readText(resolve(cwd, tokenFile), "the token")).trim();
}
