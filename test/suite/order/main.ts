import { parseArgs } from "node:util";
import { orderRun } from "./order-run.js";

/** `npm run suite-order`: how close to the lower bound a suite of files of realistic lengths ends. */
const { values } = parseArgs({
  options: {
    files: { type: "string", default: "500" },
    slots: { type: "string", default: "8" },
    seconds: { type: "string", default: "40" },
    runs: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});
const slots = Number(values.slots);
const report = await orderRun({
  seed: Number(values.seed),
  files: Number(values.files),
  totalMs: Number(values.seconds) * slots * 1_000,
  slots,
  runs: Number(values.runs),
  tell: (line) => process.stderr.write(`${line}\n`),
});
const rows = [
  ["after one learning run", report.learned, 1.05],
  ["without learning", report.unlearned, 1.3],
  ["first in, first out (computed)", report.byPull, undefined],
  ["split by count (computed)", report.byCount, undefined],
] as const;
for (const [name, ratio, max] of rows) {
  const limit = max === undefined ? "" : `  at most ${max}`;
  process.stdout.write(`${name.padEnd(32)}${ratio.toFixed(3)} ×${limit}\n`);
  if (max !== undefined && ratio > max) process.exitCode = 1;
}
