import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Sample } from "./sample/sample.js";
import { soakRun } from "./soak-run.js";
import { findingTable } from "./table.js";

const help = `npm run soak -- [options]

Runs one engine and its workers under a mixed load, samples memory, disk, descriptors and processes
from outside, and says whether anything grows. Ctrl-C ends the run early and judges what there is.

  --minutes M             how long, after the fill at the beginning (60)
  --out FOLDER            samples.ndjson, soak.svg and judgement.json go there (soak-out)
  --json                  the report as JSON on stdout
  --seed N                of the load (the time)
  --pace P                2 makes everything twice as often (1)
  --task-retention S      finished tasks, blobs and estimates are kept so many seconds (120)
  --log-retention S       and what tasks wrote so many (60)
  --fill N                tasks at the beginning, which fill what has a fixed bound (30000), and a tenth
                          as many commands

Ends with 0 when nothing grows and every verdict is the expected one, 1 when something does or is not,
3 when the run was too short or too noisy to tell.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    out: { type: "string", default: "soak-out" },
    json: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    pace: { type: "string", default: "1" },
    "task-retention": { type: "string", default: "120" },
    "log-retention": { type: "string", default: "60" },
    fill: { type: "string", default: "30000" },
    help: { type: "boolean", default: false },
  },
});

const exitCodes = { flat: 0, growing: 1, unclear: 3 } as const;

if (values.help) process.stdout.write(help);
else await soak();

async function soak(): Promise<void> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const forMs = positive("minutes") * 60_000;
  const report = await soakRun({
    forMs,
    out: resolve(values.out),
    seed: positive("seed"),
    pace: positive("pace"),
    sampleMs: 5_000,
    guestMs: Math.min(180_000, Math.max(20_000, forMs / 4)),
    retention: { taskMs: positive("task-retention") * 1_000, logMs: positive("log-retention") * 1_000 },
    fill: positive("fill"),
    onSample: tellEvery(30_000, forMs),
    signal: interrupted.signal,
  });
  const { judgement, files, minutes, finished, visits, cores, wrong } = report;
  if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    process.stdout.write(`${findingTable(judgement.findings)}\n\n`);
    for (const each of wrong) process.stdout.write(`wrong: ${each}\n`);
    process.stdout.write(
      `${judgement.answer}: ${minutes} minutes, ${finished} verdicts, ${visits} visits of the guest, ${cores} cores\n${files.plot}\n`,
    );
  }
  process.exitCode = exitCodes[judgement.answer];
}

/** A line of progress on stderr now and then. */
function tellEvery(everyMs: number, forMs: number): (sample: Sample) => void {
  let nextMs = 0;
  return ({ atMs, engine, store, load }) => {
    if (atMs < nextMs) return;
    nextMs = atMs + everyMs;
    const mega = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
    const disk = store.databaseBytes + store.walBytes + store.blobBytes;
    process.stderr.write(
      `${minutes(atMs)} min of ${minutes(forMs)} and the fill: ${engine.finished} verdicts, ${load.wrong} wrong; engine ${mega(engine.anonBytes)}, heap ${mega(engine.heapBytes)}, ${engine.descriptors} descriptors; disk ${mega(disk)}\n`,
    );
  };
}

function minutes(ms: number): string {
  return (ms / 60_000).toFixed(1);
}

function positive(name: "minutes" | "seed" | "pace" | "task-retention" | "log-retention" | "fill"): number {
  const value = Number(values[name]);
  if (!(Number.isFinite(value) && value > 0)) {
    process.stderr.write(`--${name} is a number above 0, not ${values[name]}\n`);
    process.exit(2);
  }
  return value;
}
