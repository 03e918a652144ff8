import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { parseCount } from "../option/count.js";
import { readConfigured } from "../suite/read-configured.js";
import { findFiles } from "../suite/find-files.js";
import { readTestSettings, type TestOptions, type TestSettings } from "../suite/test-settings.js";
import type { TypedOptions } from "./again-command.js";

/** The options of `capstan bisect` as they are typed. */
export interface BisectOptions extends TestOptions {
  readonly after?: readonly string[];
  readonly example?: string;
  readonly times: string;
}

export interface BisectSettings extends Omit<TestSettings, "timeoutMs"> {
  /** The path from the root of the file that fails. */
  readonly file: string;
  /** What may be to blame, where that was said; in the order in which it was. */
  readonly after: readonly string[] | undefined;
  readonly example: string | undefined;
  readonly times: number;
  readonly timeoutMs: number;
  /** With what the configuration says. */
  readonly options: TestOptions;
  readonly typed: TypedOptions;
}

const timeoutMsDefault = 3_600_000;

/** Checks the options. @throws CapstanError `invalid-config` naming what is wrong. */
export async function readBisectSettings(
  context: Context,
  named: string,
  { after, example, times, ...typed }: BisectOptions,
): Promise<BisectSettings> {
  const count = parseCount(times, "--times", { max: 1_000 });
  const { patterns, options } = await readConfigured(context, { patterns: [], options: typed });
  const settings = await readTestSettings(
    context,
    patterns.length > 0 ? patterns : commandPatterns(options, named),
    options,
  );
  const [file, ...others] = await findFiles(settings.root, [named]);
  if (file === undefined || others.length > 0)
    throw new CapstanError(
      "invalid-config",
      `${named} is no file of ${settings.root}: give the path of one from there`,
    );
  return {
    ...settings,
    file,
    after: after === undefined ? undefined : await filesOf(settings.root, { after, file }),
    example,
    times: count,
    timeoutMs: settings.timeoutMs ?? timeoutMsDefault,
    options,
    typed: { ...typed, example, times },
  };
}

/** A command does not know the files of its suite. */
function commandPatterns({ command }: TestOptions, file: string): string[] {
  return command === undefined ? [] : [file];
}

async function filesOf(
  root: string,
  { after, file }: { readonly after: readonly string[]; readonly file: string },
): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of after) {
    const fitting = await findFiles(root, [pattern]);
    if (fitting.length === 0)
      throw new CapstanError("invalid-config", `--after is "${pattern}", and no file in ${root} fits it`);
    found.push(...fitting);
  }
  return [...new Set(found)].filter((each) => each !== file);
}
