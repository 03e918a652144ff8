import { parseArgs } from "node:util";
import { crashRun } from "./crash-run.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    absence: { type: "string", default: "60000" },
    quiet: { type: "boolean", default: false },
  },
});
const report = await crashRun({
  kills: Number(values.kills),
  seed: Number(values.seed),
  absenceMs: Number(values.absence),
  ...(values.quiet ? {} : { tell: (line) => process.stderr.write(`${line}\n`) }),
});
process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...report }, undefined, 2)}\n`);
if (report.violations.length > 0) process.exitCode = 1;
