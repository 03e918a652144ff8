import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CapstanError } from "@capstan/protocol";
import { showReport } from "./chaos-report.js";
import { chaosRun, type ChaosProgress } from "./chaos-run.js";
import { ResultFile } from "./result-file.js";

const help = `npm run chaos -- [options]

An engine and four workers as real processes, under load, with faults of every kind drawn by a seed: killed, stopped,
cut off, slowed down, damaged bytes, a full disk. Checked from outside against the log that the tasks write themselves.

  --minutes M          length of the storm, default 2
  --kills-a-minute K   default 26
  --others-a-minute N  faults that kill nothing, default 12
  --seed N             default: drawn
  --lease MS           lease of tasks and workers, default 3000
  --out FILE           every fault, figure and violation as it comes, one JSON object a line
  --json               the result as JSON on stdout

Exit code 0: no violation; 1: violations, listed with their evidence; 2: wrong options. SIGINT ends the storm early, and
everything is checked all the same.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "2" },
      "kills-a-minute": { type: "string", default: "26" },
      "others-a-minute": { type: "string", default: "12" },
      seed: { type: "string", default: String(Date.now() % 100_000) },
      lease: { type: "string", default: "3000" },
      out: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const seed = numberOf("seed", values.seed);
  const run = {
    seed,
    stormMs: numberOf("minutes", values.minutes) * 60_000,
    killsAMinute: numberOf("kills-a-minute", values["kills-a-minute"]),
    othersAMinute: numberOf("others-a-minute", values["others-a-minute"]),
    leaseMs: numberOf("lease", values.lease),
  };
  return { ...values, run, out: values.out ?? join(tmpdir(), `capstan-chaos-${seed}.jsonl`) };
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new CapstanError("invalid-config", `--${name} takes a number, not "${text}"`);
}

function showProgress({ phase, seconds, kills, faults, launched, verdicts, violations, cores }: ChaosProgress): string {
  const counts = `${kills} kills, ${faults} faults, ${launched} launched, ${verdicts} verdicts told`;
  return `${String(seconds).padStart(5)} s ${phase}: ${counts}, ${violations} violations, ${cores.toFixed(2)} cores`;
}

async function main({ run, out, json }: ReturnType<typeof readOptions>): Promise<boolean> {
  const file = new ResultFile(out);
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  process.stderr.write(`seed ${run.seed}; as it comes in ${file.path}\n`);
  file.add("begin", run);
  const report = await chaosRun({
    ...run,
    signal: ended.signal,
    onFault: (fault) => file.add("fault", fault),
    onViolation: (violation) => {
      file.add("violation", violation);
      process.stderr.write(`violation: ${violation.kind}: ${violation.what}\n`);
    },
    onProgress: (progress) => {
      file.add("progress", progress);
      process.stderr.write(`${showProgress(progress)}\n`);
    },
  });
  file.add("result", report);
  process.stdout.write(`${json ? JSON.stringify(report, undefined, 2) : showReport(report)}\n`);
  return report.violations.length === 0;
}

let options: ReturnType<typeof readOptions> | undefined;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${help}\n`);
  process.exitCode = 2;
}
if (options?.help === true) process.stdout.write(`${help}\n`);
else if (options !== undefined) process.exitCode = (await main(options)) ? 0 : 1;
