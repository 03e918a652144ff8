import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapstanError, makeCheck, routes, type RouteName } from "@capstan/protocol";
import { PeerOperations } from "./operations.test.support.js";
import { startApi, type Api } from "./start-api.js";

let operations: PeerOperations;
let api: Api;
let base: string;

beforeEach(async () => {
  operations = new PeerOperations();
  api = await startApi({ operations, measures: () => operations.measures(), port: 0 });
  base = `${api.url}/v1/namespaces/default`;
});
afterEach(() => api.close());

const headers = { "content-type": "application/json" };
const run = { definition: "command/run", input: { command: "true" } };

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  return fetch(base + path, init);
}

/** Calls and checks the answer's status and body against the route's own schema. */
async function expectRoute<T = Record<string, unknown>>(name: RouteName, path: string, body?: unknown): Promise<T> {
  const route = routes[name];
  const answer = await call(route.method, path, body);
  const value: unknown = await answer.json();
  expect([name, answer.status, value]).toEqual([name, route.status, value]);
  if ("answer" in route) makeCheck(route.answer, `the answer of ${name}`)(value);
  return value as T;
}

describe("every route answers in the form of its schema", () => {
  it("launches, reads, cancels and reruns tasks", async () => {
    const { task } = await expectRoute<{ task: string }>("launchTask", "/tasks", run);
    const { tasks } = await expectRoute<{ tasks: unknown[] }>("launchTasks", "/tasks/bulk", { tasks: [run, run] });
    expect(tasks).toHaveLength(2);
    expect((await expectRoute("getTask", `/tasks/${task}`))["input"]).toEqual(run.input);
    const page = await expectRoute<{ items: unknown[] }>("listTasks", "/tasks?limit=2&status=queued");
    expect(page.items).toHaveLength(2);
    expect((await expectRoute("cancelTask", `/tasks/${task}/cancel`))["status"]).toBe("cancelling");
    expect((await expectRoute("rerunTask", `/tasks/${task}/rerun`, { what: "all" }))["round"]).toBe(2);
    expect((await expectRoute<{ items: unknown[] }>("listTrials", `/tasks/${task}/trials`)).items).toHaveLength(1);
    expect((await expectRoute<{ items: unknown[] }>("listOffers", `/tasks/${task}/offers`)).items).toHaveLength(1);
  });

  it("launches and steers tasksets", async () => {
    const launch = { name: "suite", tasks: [run] };
    const { taskset } = await expectRoute<{ taskset: string }>("launchTaskset", "/tasksets", launch);
    expect((await expectRoute("getTaskset", `/tasksets/${taskset}`))["name"]).toBe("suite");
    await expectRoute("listTasksets", "/tasksets?isActive=true");
    expect((await expectRoute("waitTaskset", `/tasksets/${taskset}/result?waitMs=0`))["isFinal"]).toBe(false);
    expect((await expectRoute("pauseTaskset", `/tasksets/${taskset}/pause`, { stop: true }))["status"]).toBe("paused");
    await expectRoute("resumeTaskset", `/tasksets/${taskset}/resume`, {});
    await expectRoute("rerunTaskset", `/tasksets/${taskset}/rerun`, {});
    expect((await expectRoute("cancelTaskset", `/tasksets/${taskset}/cancel`))["status"]).toBe("cancelling");
  });

  it("reports as JSON and as JUnit XML", async () => {
    await call("POST", "/tasks", run);
    const { taskset } = await expectRoute<{ taskset: string }>("launchTaskset", "/tasksets", { tasks: [run] });
    const report = await expectRoute<{ tasks: unknown[] }>("reportTaskset", `/tasksets/${taskset}/report`);
    expect(report.tasks).toHaveLength(1);
    const junit = await call("GET", `/tasksets/${taskset}/report?format=junit`);
    expect(junit.headers.get("content-type")).toBe("application/xml; charset=utf-8");
    expect(await junit.text()).toContain(`<testsuite name="${taskset}"`);
  });

  it("deploys plugins, switches the default and keeps blobs", async () => {
    const digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    const missing = await expectRoute("missingBlobs", "/blobs/missing", { digests: [digest] });
    expect(missing).toEqual({ digests: [digest] });
    const bytes = { method: "PUT", headers: { "content-type": "application/octet-stream" }, body: "hello\n" };
    const put = await fetch(`${base}/blobs/${encodeURIComponent(digest)}`, bytes);
    expect([put.status, await put.json()]).toEqual([201, { digest, bytes: 6 }]);
    const got = await call("GET", `/blobs/${digest}`);
    expect([got.status, await got.text()]).toEqual([200, "hello\n"]);
    const again = await fetch(`${base}/blobs/${digest}`, { headers: { "if-none-match": got.headers.get("etag")! } });
    expect(again.status).toBe(304);

    const manifest = {
      manifestVersion: 1,
      plugin: "images",
      version: "1.0.0",
      runtime: "node",
      entry: "main.js",
      files: [{ path: "main.js", digest, bytes: 6 }],
      definitions: [{ name: "resize" }],
    };
    const revision = await expectRoute<{ id: string }>("deployRevision", "/plugins/images/revisions", { manifest });
    expect((await expectRoute("getPlugin", "/plugins/images"))["defaultRevision"]).toBe(revision.id);
    expect((await expectRoute<{ items: unknown[] }>("listPlugins", "/plugins")).items).toHaveLength(2);
    await expectRoute("getRevision", `/revisions/${revision.id}`);
    await expectRoute("switchDefault", "/plugins/images/default", { revision: "1.0.0" });
    const pruned = await expectRoute("pruneRevisions", "/plugins/images/prune", { keep: 0, isDryRun: true });
    expect(pruned).toMatchObject({ plugin: "images", isDryRun: true, pruned: [] });
  });

  it("lists, drains, quarantines and lifts workers", async () => {
    await expectRoute("listWorkers", "/workers");
    await expectRoute("getWorker", "/workers/w1");
    expect((await expectRoute("drainWorker", "/workers/w1/drain"))["status"]).toBe("draining");
    expect((await expectRoute("drainWorker", "/workers/w1/drain", { isDraining: false }))["status"]).toBe("ready");
    await expectRoute("quarantineWorker", "/workers/w1/quarantine", { scope: "plugin", name: "images" });
    await expectRoute("liftQuarantine", "/workers/w1/lift", { scope: "plugin", name: "images" });
  });

  it("tells its status, health, readiness and metrics", async () => {
    await expectRoute("engineStatus", "/status");
    const health = await fetch(`${api.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    expect((await fetch(`${api.url}/ready`)).status).toBe(200);
    operations.storeFailure = new CapstanError("store-failed", "the disk is full");
    const full = await fetch(`${api.url}/ready`);
    expect([full.status, await full.json()]).toMatchObject([503, { code: "store-failed", detail: "the disk is full" }]);
    operations.isReady = false;
    const ready = await fetch(`${api.url}/ready`);
    expect([ready.status, (await ready.json()) as object]).toEqual([
      503,
      expect.objectContaining({ code: "shutting-down" }),
    ]);
    const metrics = await fetch(`${api.url}/metrics`);
    expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    expect(await metrics.text()).toContain('capstan_tasks{status="running"} 3');
  });
});

describe("waiting for a verdict", () => {
  it("answers as soon as the task is final", async () => {
    const { task } = await operations.launchTask("default", run);
    operations.onMoment = () => operations.finishTask(task);
    const result = await expectRoute<{ isFinal: boolean }>("waitTask", `/tasks/${task}/result?waitMs=60000`);
    expect(result.isFinal).toBe(true);
  });

  it("tells the engine when the client has gone", async () => {
    const { task } = await operations.launchTask("default", run);
    const waiting = new Promise<void>((resolve) => (operations.onMoment = () => resolve()));
    const client = new AbortController();
    const answer = fetch(`${base}/tasks/${task}/result?waitMs=60000`, { signal: client.signal });
    const refused = expect(answer).rejects.toThrow("aborted");
    await waiting;
    const { signal } = operations.waits[0]!;
    const aborted = new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve()));
    client.abort();
    await Promise.all([aborted, refused]);
  });

  it("ends with shutting-down when the API closes", async () => {
    const { task } = await operations.launchTask("default", run);
    const waiting = new Promise<void>((resolve) => (operations.onMoment = () => resolve()));
    const answer = call("GET", `/tasks/${task}/result?waitMs=60000`);
    await waiting;
    await api.close();
    expect((await answer).status).toBe(503);
    expect(await (await answer).json()).toMatchObject({ code: "shutting-down", retryable: true });
  });
});
