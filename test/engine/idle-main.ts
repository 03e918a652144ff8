import { parseArgs } from "node:util";
import { idleRun } from "./idle-run.js";

const { values } = parseArgs({
  options: { tasks: { type: "string", default: "10000" }, seconds: { type: "string", default: "60" } },
});
const report = await idleRun({ tasks: Number(values.tasks), forMs: Number(values.seconds) * 1_000 });
process.stdout.write(`${JSON.stringify(report)}\n`);
