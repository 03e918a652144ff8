import { CapstanError } from "@capstan/protocol";
import { help, readOptions, type Options } from "./option/options.js";
import { Campaign } from "./run/campaign.js";
import { readResults, type Results } from "./run/results.js";
import { Progress } from "./show/progress.js";
import { brokenCount, describeFailure, table } from "./show/summary.js";
import { findTarget, targetNames } from "./target/registry.js";
import type { Target } from "./target/target.js";

async function fuzz(options: Options): Promise<number> {
  const targets = await Promise.all((options.targets ?? targetNames).map(findTarget));
  const results: Results = (options.isResumed ? readResults() : undefined) ?? { seed: options.seed, targets: {} };
  const progress = new Progress({ targets, results, stream: process.stderr });
  const stop = new AbortController();
  const { seconds, casesMax, lanes, isGrowing, isKept } = options;
  progress.note(
    `seed ${results.seed}, ${targets.length} targets, ${seconds} s in ${lanes} process${lanes === 1 ? "" : "es"}`,
  );
  const campaign: Campaign = new Campaign({
    targets,
    results,
    totalMs: seconds * 1_000 * lanes,
    casesMax,
    lanes,
    isGrowing,
    isKept,
    signal: stop.signal,
    changed: () => progress.changed(campaign),
    note: (text) => progress.note(text),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await campaign.run();
  progress.end();
  show({ targets, results, isJson: options.isJson });
  if (stop.signal.aborted) console.error("interrupted: go on with --resume");
  return brokenCount(results) > 0 ? 1 : stop.signal.aborted ? 130 : 0;
}

function show({ targets, results, isJson }: { targets: readonly Target[]; results: Results; isJson: boolean }): void {
  if (isJson) return console.log(JSON.stringify(results, undefined, 2));
  console.log(table(targets, results));
  for (const { failures } of Object.values(results.targets)) {
    for (const failure of failures) console.log(`\n${describeFailure(failure)}`);
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), new Date());
  if (options.isHelp) console.log(help);
  else if (options.isList) console.log(targetNames.join("\n"));
  else return fuzz(options);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CapstanError)) throw error;
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 2;
}
