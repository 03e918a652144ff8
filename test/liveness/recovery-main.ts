import { parseArgs } from "node:util";
import { recoveryRun } from "./recovery-run.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "10" },
    tasks: { type: "string", default: "100" },
    quiet: { type: "boolean", default: false },
  },
});
const report = await recoveryRun({
  kills: Number(values.kills),
  tasks: Number(values.tasks),
  ...(values.quiet ? {} : { tell: (line) => process.stderr.write(`${line}\n`) }),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
// A loaded machine makes it slow, not wrong: the time is a figure to read, a task astray is a failure.
if (report.astray > 0) process.exitCode = 1;
