/**
 * The tasks of a soak that run in executors of their own, as one module without imports: it is deployed as it stands.
 */
interface Context {
  readonly signal: AbortSignal;
  readonly trial: { readonly number: number; readonly round: number };
  readonly progress: (fraction?: number, note?: string) => void;
  readonly skip: (reason?: string) => never;
}

type Run = (input: never, context: Context) => unknown;

const version = "v1";

/** Uses a little CPU, prints a little, says how far it is. */
function work({ ms, lines }: { ms: number; lines: number }, { progress }: Context): { lines: number } {
  const endMs = performance.now() + ms;
  for (let line = 1; line <= lines; line += 1) {
    process.stdout.write(`line ${line} of ${lines}\n`);
    progress(line / lines, `line ${line}`);
  }
  while (performance.now() < endMs);
  return { lines };
}

/** Gives back what it got, which may be as large as one likes. */
function echo(input: { text: string }): { text: string; length: number } {
  return { text: input.text, length: input.text.length };
}

function print({ kilobytes }: { kilobytes: number }): void {
  const line = `${"output ".repeat(146)}\n`;
  for (let at = 0; at < kilobytes; at += 1) process.stdout.write(line);
}

function flaky(_: unknown, { trial }: Context): string {
  if (trial.number === 1) throw new Error("the first trial fails");
  return "now it works";
}

/** Fails in the first round, so that there is something to rerun. */
function secondRound(_: unknown, { trial }: Context): number {
  if (trial.round === 1) throw new Error("not in the first round");
  return trial.round;
}

function refuse(): never {
  throw new Error("it never works");
}

function nothing(_: unknown, { skip }: Context): never {
  return skip("nothing to do");
}

function sleep({ ms }: { ms: number }, { signal }: Context): Promise<string> {
  process.stdout.write("begun\n");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("slept"), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("stopped"));
    });
  });
}

function block(): never {
  for (;;);
}

function die(): never {
  process.exit(3);
}

const runs: Readonly<Record<string, Run>> = {
  work,
  echo,
  print,
  flaky,
  secondRound,
  refuse,
  nothing,
  sleep,
  block,
  die,
  version: () => version,
};

const definitions = Object.fromEntries(
  Object.entries(runs).map(([name, run]) => [
    name,
    {
      kind: "capstan.task",
      name,
      run,
      policy: {},
      validateInput: (input: unknown) => input,
      validateOutput: (output: unknown) => output,
    },
  ]),
);

export const plugin = { kind: "capstan.plugin", name: "soak", definitions };
