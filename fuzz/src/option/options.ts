import { parseArgs } from "node:util";
import { CapstanError } from "@capstan/protocol";

export const help = `npm run fuzz -- [options]

Feeds every decoder of what comes from outside with valid, broken and arbitrary input, and says what breaks.

  --seconds S    time for all targets together, a process at a time (default 60)
  --cases N      at most so many inputs a target
  --target T     only these targets, separated by commas
  --seed N       what the inputs follow from (default: the date)
  --jobs J       processes at a time (default 1)
  --resume       go on with the counts of the run before
  --no-grow      do not look for inputs that reach new code
  --keep         put the grown corpora into fuzz/corpus, as small as they can be
  --list         list the targets
  --json         print the result as JSON
  --help

It ends with 0 when nothing broke, 1 when something did, and 2 when it was called wrongly. An input that broke something
is kept in fuzz/corpus/<target>/failed-*, where the tests replay it.
`;

export interface Options {
  readonly seconds: number;
  readonly casesMax: number;
  readonly targets: readonly string[] | undefined;
  readonly seed: number;
  readonly lanes: number;
  readonly isResumed: boolean;
  readonly isGrowing: boolean;
  readonly isKept: boolean;
  readonly isList: boolean;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** The options of the command line. @throws CapstanError `invalid-config`. */
export function readOptions(words: readonly string[], now: Date): Options {
  const { values } = parse(words);
  return {
    seconds: count(values.seconds, "--seconds") ?? 60,
    casesMax: count(values.cases, "--cases") ?? Number.MAX_SAFE_INTEGER,
    targets: values.target?.flatMap((names) => names.split(",")),
    seed: count(values.seed, "--seed") ?? Math.floor(now.getTime() / 1_000),
    lanes: count(values.jobs, "--jobs") ?? 1,
    isResumed: values.resume === true,
    isGrowing: values["no-grow"] !== true,
    isKept: values.keep === true,
    isList: values.list === true,
    isJson: values.json === true,
    isHelp: values.help === true,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        seconds: { type: "string" },
        cases: { type: "string" },
        target: { type: "string", multiple: true },
        seed: { type: "string" },
        jobs: { type: "string" },
        resume: { type: "boolean" },
        "no-grow": { type: "boolean" },
        keep: { type: "boolean" },
        list: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new CapstanError("invalid-config", (cause as Error).message, { cause });
  }
}

function count(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new CapstanError("invalid-config", `${option} is "${text.slice(0, 60)}": give a whole number from 1 on`);
}
