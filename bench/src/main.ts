import { parseArgs } from "node:util";
import { drain } from "./drain.js";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "100000" },
    slots: { type: "string", default: "64" },
    runs: { type: "string", default: "3" },
    mode: { type: "string", default: "thread" },
  },
});
for (let run = 0; run < Number(values.runs); run += 1) {
  const result = await drain(Number(values.tasks), { slots: Number(values.slots), mode: values.mode });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
