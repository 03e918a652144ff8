import { parseArgs } from "node:util";
import { backlogRun } from "./backlog-run.js";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "10000,1000000" },
    drained: { type: "string", default: "4000" },
  },
});
for (const tasks of values.tasks.split(",")) {
  const report = await backlogRun(Number(tasks), Number(values.drained));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
