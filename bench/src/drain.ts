import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Capstan } from "@capstan/client";
import { describePlugin } from "@capstan/plugin";
import type { Database } from "./database.js";
import { noopPlugin } from "./noop-plugin.js";
import { startRole, type Role } from "./role.js";

export interface DrainResult {
  readonly tasks: number;
  readonly launchPerSecond: number;
  readonly drainPerSecond: number;
  readonly engineMicroseconds: number;
  readonly workerMicroseconds: number;
  readonly launchEngineMicroseconds: number;
  readonly engineMegabytes: number;
  /** Of PostgreSQL's processes, a task: from the first launch, and while it drained. */
  readonly launchServerMicroseconds?: number;
  readonly serverMicroseconds?: number;
}

export interface DrainOptions {
  readonly slots: number;
  readonly mode: string;
  readonly database?: Database | undefined;
}

const bulk = 1_000;
const payload = { s: "x".repeat(190) };

/** Launches tasks with no worker there, then measures from the start of a worker to the last committed verdict. */
export async function drain(tasks: number, { slots, mode, database }: DrainOptions): Promise<DrainResult> {
  const folder = mkdtempSync(join(tmpdir(), "capstan-bench-"));
  const place = database === undefined ? [] : [database.freshUrl()];
  const engine = await startRole("engine", [join(folder, "data"), mode, ...place]);
  const { url } = JSON.parse(engine.line) as { url: string };
  const client = new Capstan({ url });
  try {
    await client.plugins.deploy(describePlugin(noopPlugin, { runtime: "inline", files: [] }), () =>
      Promise.reject(new Error("none")),
    );
    const startedSeconds = database?.cpuSeconds() ?? 0;
    const launching = await measureLaunch({ url, tasks, engine });
    const launchedSeconds = database?.cpuSeconds() ?? 0;
    const draining = await measureDrain({ client, url, folder, tasks, slots, engine });
    const result = { tasks, ...launching, ...draining, engineMegabytes: Math.round(engine.memoryBytes() / 1e6) };
    if (database === undefined) return result;
    const perTask = (seconds: number): number => Math.round((seconds / tasks) * 1e7) / 10;
    return {
      ...result,
      launchServerMicroseconds: perTask(launchedSeconds - startedSeconds),
      serverMicroseconds: perTask(database.cpuSeconds() - launchedSeconds),
    };
  } finally {
    await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureLaunch({ url, tasks, engine }: { url: string; tasks: number; engine: Role }) {
  const cpu = engine.cpuSeconds();
  const startedMs = performance.now();
  const body = JSON.stringify({
    tasks: Array.from({ length: bulk }, () => ({ definition: "bench/noop", input: payload })),
  });
  const requests = Array.from({ length: Math.ceil(tasks / bulk) }, () => body);
  const lanes = Array.from({ length: 4 }, async () => {
    for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
      const answer = await fetch(`${url}/v1/namespaces/default/tasks/bulk`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: next,
      });
      if (answer.status !== 201) throw new Error(await answer.text());
      await answer.arrayBuffer();
    }
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    launchPerSecond: Math.round(tasks / seconds),
    launchEngineMicroseconds: Math.round(((engine.cpuSeconds() - cpu) / tasks) * 1e7) / 10,
  };
}

interface DrainParts {
  readonly client: Capstan;
  readonly url: string;
  readonly folder: string;
  readonly tasks: number;
  readonly slots: number;
  readonly engine: Role;
}

async function measureDrain({ client, url, folder, tasks, slots, engine }: DrainParts) {
  const worker = await startRole("worker", [url, String(slots), join(folder, "cache")]);
  const engineCpu = engine.cpuSeconds();
  const workerCpu = worker.cpuSeconds();
  const startedMs = performance.now();
  await untilDone(client);
  const seconds = (performance.now() - startedMs) / 1_000;
  const perTask = (from: number, role: Role): number => Math.round(((role.cpuSeconds() - from) / tasks) * 1e7) / 10;
  const result = {
    drainPerSecond: Math.round(tasks / seconds),
    engineMicroseconds: perTask(engineCpu, engine),
    workerMicroseconds: perTask(workerCpu, worker),
  };
  await worker.stop();
  return result;
}

/** The one place that asks again and again: it measures, it is no part of the product. */
async function untilDone(client: Capstan): Promise<void> {
  for (;;) {
    const { tasks } = await client.status();
    if (tasks.queued + tasks.running + tasks.waiting === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
