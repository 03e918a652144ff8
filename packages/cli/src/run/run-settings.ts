import { resolve } from "node:path";
import { CapstanError, profiles } from "@capstan/protocol";
import type { Context } from "../context.js";
import { readLines, readText } from "../io/read.js";
import { parseEnv } from "../option/env.js";
import { parseWord } from "../option/word.js";
import { readMuted } from "./read-muted.js";
import type { RunSettings } from "./run-plan.js";
import { readTasksetSettings, type TasksetOptions } from "./taskset-options.js";

/** The options of `capstan run` as they are typed. */
export interface RunOptions extends TasksetOptions {
  readonly each?: readonly string[];
  readonly stdin?: boolean;
  readonly file?: string;
  readonly setup?: string;
  readonly profile?: string;
  readonly cwd?: string;
  readonly env?: readonly string[];
}

interface Typed {
  readonly words: readonly string[];
  readonly options: RunOptions;
  readonly url: string;
}

/** Checks the options and reads the file. @throws CapstanError `invalid-config` naming the option that is wrong. */
export async function readSettings(context: Context, { words, options, url }: Typed): Promise<RunSettings> {
  const { io } = context;
  const [first, ...others] = words;
  const isStdin = options.stdin === true || first === "-" || (options.each?.length === 1 && options.each[0] === "-");
  const isEach = options.each !== undefined && options.each[0] !== "-";
  checkSources({ isStdin, isEach, isFile: options.file !== undefined });
  const file = options.file === undefined ? undefined : await readRunFile(resolve(io.cwd, options.file), options.file);
  return {
    file,
    command: first === "-" ? others : words,
    items: isStdin ? stdinItems(context) : isEach ? options.each : undefined,
    ...readTasksetSettings(options),
    muted: await readMuted(options, io.cwd),
    profile: options.profile === undefined ? undefined : parseWord(options.profile, "--profile", profiles),
    setup: options.setup,
    cwd: cwdOf({ cwd: options.cwd ?? file?.cwd, base: io.cwd, url }),
    env: options.env === undefined ? undefined : parseEnv(options.env),
  };
}

function checkSources({ isStdin, isEach, isFile }: Readonly<Record<"isStdin" | "isEach" | "isFile", boolean>>): void {
  if (Number(isStdin) + Number(isEach) + Number(isFile) <= 1) return;
  throw new CapstanError("invalid-config", "say only one of --each, --stdin and --file");
}

async function readRunFile(path: string, shown: string): Promise<RunSettings["file"]> {
  const { parseRunFile } = await import("./run-file.js");
  return parseRunFile(await readText(path, "the taskset"), shown);
}

async function* stdinItems({ io, output }: Context): AsyncGenerator<string> {
  if (io.stdin.isTTY === true) output.note("reading one item a line from the terminal; Ctrl-D ends the list");
  for await (const { text } of readLines(io.stdin)) yield text;
}

/** The present folder means something only to workers that may be on this machine. */
function cwdOf({ cwd, base, url }: { cwd: string | undefined; base: string; url: string }): string | undefined {
  const { hostname } = new URL(url);
  const isHere = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (isHere) return resolve(base, cwd ?? ".");
  return cwd;
}
