import { parseArgs } from "node:util";
import { Database } from "./database.js";
import { drain } from "./drain.js";
import { latency } from "./latency.js";
import { measureRows } from "./rows.js";

/** `npm run bench -- drain|latency|rows`: one JSON line a run, plain numbers. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tasks: { type: "string", default: "100000" },
    slots: { type: "string", default: "64" },
    runs: { type: "string", default: "3" },
    samples: { type: "string", default: "500" },
    mode: { type: "string", default: "thread" },
    rows: { type: "string", default: "500" },
    store: { type: "string", default: "sqlite" },
  },
});

const cases = {
  drain: (database?: Database) => {
    return drain(Number(values.tasks), { slots: Number(values.slots), mode: values.mode, database });
  },
  latency: (database?: Database) => latency(Number(values.samples), database),
  rows: (database?: Database) => measureRows(Number(values.tasks), { rowsPerCommit: Number(values.rows), database }),
};

const name = (positionals[0] ?? "drain") as keyof typeof cases;
const measure = cases[name];
if (measure === undefined) throw new Error(`no case "${name}": choose one of ${Object.keys(cases).join(", ")}`);
const { store } = values;
if (store !== "sqlite" && store !== "postgres") throw new Error(`no store "${store}": choose sqlite or postgres`);
const database = store === "postgres" ? await Database.start() : undefined;
try {
  for (let run = 0; run < Number(values.runs); run += 1) {
    process.stdout.write(`${JSON.stringify({ case: name, store, ...(await measure(database)) })}\n`);
  }
} finally {
  await database?.stop();
}
