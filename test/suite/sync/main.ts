import { parseArgs } from "node:util";
import { syncRun, type SyncSample } from "./sync-run.js";

/** `npm run suite-sync`: a large tree to a worker, whole and with one file changed, beside rsync. */
const { values } = parseArgs({
  options: {
    files: { type: "string", default: "20000" },
    mib: { type: "string", default: "500" },
    runs: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
  },
});
const [first, ...later] = await syncRun({
  files: Number(values.files),
  bytes: Number(values.mib) * 1_048_576,
  runs: Number(values.runs),
  seed: Number(values.seed),
  tell: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(
  `${"".padEnd(22)}${["sent", "to the engine", "to the worker", "rsync -a"].map((title) => title.padStart(16)).join("")}\n`,
);
tell("the whole tree", [first!]);
tell("one file changed", later);
process.exitCode = later.every(({ filesSent }) => filesSent === 1) ? 0 : 1;

function tell(name: string, samples: readonly SyncSample[]): void {
  const cells = [
    `${samples[0]!.filesSent} files`,
    seconds(samples.map(({ sendMs }) => sendMs)),
    seconds(samples.map(({ fetchMs }) => fetchMs)),
    samples[0]!.rsyncMs === undefined ? "not installed" : seconds(samples.map(({ rsyncMs }) => rsyncMs!)),
  ];
  process.stdout.write(`${name.padEnd(22)}${cells.map((cell) => cell.padStart(16)).join("")}\n`);
}

/** The median. */
function seconds(ms: readonly number[]): string {
  const sorted = ms.toSorted((left, right) => left - right);
  return `${(sorted[Math.floor(sorted.length / 2)]! / 1_000).toFixed(2)} s`;
}
