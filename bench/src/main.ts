import { parseArgs } from "node:util";
import { drain } from "./drain.js";
import { latency } from "./latency.js";

/** `npm run bench -- drain|latency`: one JSON line a run, plain numbers. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tasks: { type: "string", default: "100000" },
    slots: { type: "string", default: "64" },
    runs: { type: "string", default: "3" },
    samples: { type: "string", default: "500" },
    mode: { type: "string", default: "thread" },
  },
});

const cases = {
  drain: () => drain(Number(values.tasks), { slots: Number(values.slots), mode: values.mode }),
  latency: () => latency(Number(values.samples)),
};

const name = (positionals[0] ?? "drain") as keyof typeof cases;
const measure = cases[name];
if (measure === undefined) throw new Error(`no case "${name}": choose one of ${Object.keys(cases).join(", ")}`);
for (let run = 0; run < Number(values.runs); run += 1) {
  process.stdout.write(`${JSON.stringify({ case: name, ...(await measure()) })}\n`);
}
