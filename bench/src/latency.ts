import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capstan } from "@capstan/client";
import type { Database } from "./database.js";
import { startRole } from "./role.js";

export interface LatencyResult {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** From the call of `launch` to the start of the task's code in another process, one task at a time on an idle system. */
export async function latency(samples: number, database?: Database): Promise<LatencyResult> {
  const folder = mkdtempSync(join(tmpdir(), "capstan-bench-"));
  const place = database === undefined ? [] : [database.freshUrl()];
  const engine = await startRole("engine", [join(folder, "data"), "thread", ...place]);
  const { url } = JSON.parse(engine.line) as { url: string };
  const worker = await startRole("worker", [url, "4", join(folder, "cache")]);
  const client = new Capstan({ url });
  const measured: number[] = [];
  try {
    for (let sample = -20; sample < samples; sample += 1) {
      const calledMs = Number(process.hrtime.bigint()) / 1e6;
      const handle = await client.launch("bench/start", null);
      const startedMs = (await handle.result()) as number;
      if (sample >= 0) measured.push(startedMs - calledMs);
    }
  } finally {
    await worker.stop();
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const sorted = measured.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]! * 100) / 100;
  return { samples, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}
