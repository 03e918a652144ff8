import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { positive, readOptions, runCommand } from "./option.js";
import { commitNow } from "./search/commit.js";
import { search } from "./search/search.js";
import { progressText, reportText, resultText } from "./show.js";
import { simulate, stepsOf } from "./simulation.js";

const help = `Runs the real engine and workers in a simulation, and checks what must hold.

  npm run sim -- --seed 7                   one seed, to the letter as it always was
  npm run sim -- --seed 7 --steps 40        only its first 40 acts and faults
  npm run sim -- --seed 7 --trace TASK      with every frame and row that names the task
  npm run sim -- --seconds 60 --jobs 2      seeds from 1 on for a minute, in two processes
  npm run sim -- --seeds 10000 --out FILE   so many seeds; goes on with the file where it was interrupted

Options: --from N (first seed, default 1), --minutes M (virtual minutes of a seed, default 60), --check-every N (events
between two recounts of the engine's books, default 10), --json. The exit code is 1 when a seed fails.`;

const parse = () =>
  parseArgs({
    options: {
      seed: { type: "string" },
      steps: { type: "string" },
      trace: { type: "string" },
      seconds: { type: "string" },
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      jobs: { type: "string", default: String(Math.max(1, availableParallelism())) },
      minutes: { type: "string", default: "60" },
      "check-every": { type: "string", default: "20" },
      out: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;

type Values = ReturnType<typeof parse>;

function shared(values: Values) {
  return {
    durationMs: positive(values.minutes, "minutes") * 60_000,
    checkEvery: positive(values["check-every"], "check-every"),
  };
}

async function runOne(seed: string, values: Values): Promise<boolean> {
  const startedMs = performance.now();
  const { trace: about, steps } = values;
  const trace = about === undefined ? undefined : { about, tell: (line: string) => console.log(line) };
  const stepsMax = steps === undefined ? Infinity : positive(steps, "steps");
  const limits = shared(values);
  try {
    const report = await simulate({ seed, ...limits, stepsMax, trace });
    const { faults, refusals } = report;
    const plain = { ...report, faults: Object.fromEntries(faults), refusals: Object.fromEntries(refusals) };
    console.log(values.json ? JSON.stringify(plain) : reportText(report, (performance.now() - startedMs) / 1_000));
    return true;
  } catch (error) {
    console.error(`seed ${seed} fails after ${stepsOf(error as Error)} steps, at ${commitNow()}:`);
    console.error(error);
    return false;
  }
}

async function runMany(values: Values): Promise<boolean> {
  const isTerminal = process.stderr.isTTY && !values.json;
  const given = (name: "seeds" | "seconds"): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : positive(text, name);
  };
  let shownSeconds = 0;
  const result = await search({
    ...shared(values),
    from: positive(values.from, "from"),
    seeds: given("seeds"),
    seconds: given("seconds"),
    jobs: positive(values.jobs, "jobs"),
    out: values.out,
    commit: commitNow(),
    progress: (totals, seconds) => {
      if (!isTerminal && seconds - shownSeconds < 30) return;
      shownSeconds = seconds;
      process.stderr.write(
        `${isTerminal ? "\r\u001b[K" : ""}${progressText(totals, seconds)}${isTerminal ? "" : "\n"}`,
      );
    },
    failed: ({ seed, failure }) => console.error(`\nseed ${seed} fails: ${failure!.message.slice(0, 300)}`),
  });
  if (isTerminal) process.stderr.write("\r\u001b[K");
  console.log(values.json ? JSON.stringify(result) : resultText(result, values.minutes));
  return result.failed === 0;
}

await runCommand(async () => {
  const values = readOptions(parse);
  if (values.help) {
    console.log(help);
    return true;
  }
  const isOne = values.seconds === undefined && values.seeds === undefined;
  return isOne ? runOne(values.seed ?? "1", values) : runMany(values);
});
