import { parseArgs } from "node:util";
import { PostgresServer } from "@capstan/testkit";
import { crashRun, type CrashReport } from "./crash-run.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    absence: { type: "string", default: "60000" },
    quiet: { type: "boolean", default: false },
    store: { type: "string", default: "sqlite" },
  },
});
if (values.store !== "sqlite" && values.store !== "postgres") throw new Error("--store is sqlite or postgres");
const server = values.store === "postgres" ? await PostgresServer.start() : undefined;
const report = await runAndStop();
process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...report }, undefined, 2)}\n`);
if (report.violations.length > 0) process.exitCode = 1;

async function runAndStop(): Promise<CrashReport> {
  try {
    return await crashRun({
      kills: Number(values.kills),
      seed: Number(values.seed),
      absenceMs: Number(values.absence),
      ...(server === undefined ? {} : { store: server.url }),
      ...(values.quiet ? {} : { tell: (line) => process.stderr.write(`${line}\n`) }),
    });
  } finally {
    await server?.stop();
  }
}
