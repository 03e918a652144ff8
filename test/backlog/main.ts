import { parseArgs } from "node:util";
import { backlogRun } from "./backlog-run.js";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "10000,1000000" },
    drain: { type: "string", default: "5000" },
  },
});
for (const tasks of values.tasks.split(",")) {
  const report = await backlogRun(Number(tasks), Number(values.drain));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
