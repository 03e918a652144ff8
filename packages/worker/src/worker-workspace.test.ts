import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MemoryTransport, type Manifest, type Workspace } from "@capstan/protocol";
import { ProcessMark, Recorder, withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import type { WorkerEvent } from "./event/worker-event.js";
import type { WorkerLimits } from "./option/worker-options.js";
import { revisionOf } from "./plugin/revision-digest.js";
import { workerUrl } from "./session/address.js";
import { commandRevision, EnginePeer } from "./session/engine-peer.test.support.js";
import { startWorker, type Worker } from "./worker.js";
import { engineUrl, HttpPeer } from "./worker.test.support.js";

const taskset = "set_0123456789abcdefghjkmn";
/** Longer than any test may take. */
const endlessMs = 3_600_000;

interface Bench {
  readonly worker: Worker;
  readonly peer: EnginePeer;
  readonly http: HttpPeer;
  readonly events: Recorder<WorkerEvent>;
  readonly mark: ProcessMark;
  readonly folder: string;
}

/** A worker on the machine's clock, that is offered a task with a workspace. */
async function withWorker(use: (bench: Bench) => Promise<void>, limits: Partial<WorkerLimits> = {}): Promise<void> {
  await withFolder(async (folder) => {
    const peer = new EnginePeer();
    const http = new HttpPeer();
    const mark = new ProcessMark();
    const transport = new MemoryTransport();
    const events = new Recorder<WorkerEvent>();
    transport.listen(workerUrl(engineUrl, "default"), peer.listen);
    const seams = { transport, fetch: http.fetch };
    const onEvent = (event: WorkerEvent): void => events.add(event);
    const worker = await startWorker({ engine: engineUrl, slots: 1, folder, limits, seams, onEvent });
    try {
      await use({ worker, peer, http, events, mark, folder });
      expect(peer.violations).toEqual([]);
    } finally {
      worker.force();
      await worker.close();
      await mark.killAll();
    }
  });
}

/** Offers a task until it is declined for its workspace, which the worker gets ready from then on. */
async function begin({ peer, http }: Bench, workspace: Omit<Workspace, "tree">, files: object[] = []): Promise<void> {
  const tree = http.addBlob(JSON.stringify({ treeVersion: 1, files, links: [], directories: [] }));
  http.workspaces.set(taskset, { tree, ...workspace });
  peer.launch({
    definition: "command/run",
    revision: commandRevision,
    runtime: "command",
    input: { command: "true" },
    taskset,
    needsWorkspace: true,
  });
  await peer.next("decline");
  peer.queue.length = 0;
  peer.does.offer = false;
}

const phase = ({ events }: Bench, name: string): Promise<WorkerEvent> =>
  events.waitFor((event) => event.type === "phaseEnded" && event.phase === name);

const stubborn = "trap '' TERM; sleep 1000 & wait; wait";

test.each([
  ["that it asks for", "GET tasksets"],
  ["whose tree it fetches", "GET blobs"],
  ["whose files it fetches", "POST blobs"],
])("a worker that is closed gives up a workspace %s", async (_, call) => {
  await withWorker(async (bench) => {
    const { http, worker } = bench;
    http.unanswered.push(call);
    const file = { path: "a", digest: `sha256:${"0".repeat(64)}`, bytes: 1 };
    await begin(bench, {}, [file]);
    await http.hanging.waitForCount(1);
    await worker.close({ graceMs: endlessMs });
    expect(await phase(bench, "sync")).toMatchObject({ status: "cancelled" });
  });
});

test("a worker that is stopped at once kills the clean-up that it waits for, and removes the workspace", async () => {
  await withWorker(async (bench) => {
    const { worker, mark, folder } = bench;
    await begin(bench, { cleanUp: { script: stubborn, env: { ...mark.env }, timeoutMs: endlessMs } });
    await phase(bench, "sync");
    const closed = worker.close({ graceMs: endlessMs });
    await mark.waitForCount(2);
    worker.force();
    await closed;
    expect(await phase(bench, "cleanUp")).toMatchObject({ status: "cancelled" });
    expect(await mark.list()).toEqual([]);
    expect(await readdir(join(folder, "workspaces"))).toEqual([]);
  });
});

test("a worker that is closed waits for a clean-up no longer than its limit", async () => {
  await withWorker(async (bench) => {
    const { worker, mark } = bench;
    await begin(bench, { cleanUp: { script: stubborn, env: { ...mark.env }, timeoutMs: endlessMs } });
    await phase(bench, "sync");
    await worker.close({ graceMs: 0, cleanUpMs: 300 });
    expect(await phase(bench, "cleanUp")).toMatchObject({ status: "cancelled" });
    expect(await mark.list()).toEqual([]);
  });
});

/** A program that ends only when it is killed, and asks for all the time that it may have. */
const endless = `
  const worker = new (require("node:net").Socket)({ fd: 3, readable: true, writable: true });
  const send = (message) => worker.write(JSON.stringify(message) + "\\n");
  require("node:readline").createInterface(worker).on("line", (line) => {
    const { type, trial } = JSON.parse(line);
    if (type === "trial") send({ type: "result", trial, status: "succeeded" });
  });
  send({ type: "ready", closeMs: 600_000 });
  setInterval(() => {}, 1_000_000);`;

test("a worker that is closed waits no longer than its limit for an executor that has something to do there", async () => {
  await withWorker(async ({ worker, peer, http, events, mark, folder }) => {
    const variables = Object.entries(mark.env).map(([name, value]) => `${name}=${value}`);
    const manifest: Manifest = {
      manifestVersion: 1,
      plugin: "endless",
      version: "1",
      runtime: "command",
      command: ["env", ...variables, process.execPath, "-e", endless],
      files: [],
      definitions: [{ name: "file" }],
    };
    const revision = revisionOf(manifest);
    http.manifests.set(revision, manifest);
    const tree = http.addBlob(JSON.stringify({ treeVersion: 1, files: [], links: [], directories: [] }));
    http.workspaces.set(taskset, { tree });
    peer.launch({ definition: "endless/file", revision, runtime: "command", taskset, needsWorkspace: true });
    expect(await peer.result(1)).toMatchObject({ status: "succeeded" });
    await worker.close({ graceMs: 0, cleanUpMs: 300 });
    expect(events.items.find((event) => event.type === "executorExited" && event.revision === revision)).toMatchObject({
      cause: "killed",
    });
    expect(await mark.list()).toEqual([]);
    expect(await readdir(join(folder, "workspaces"))).toEqual([]);
  });
});

test("a setup that states no limit has the worker's", async () => {
  await withWorker(
    async (bench) => {
      await begin(bench, { setup: { script: "sleep 1000" } });
      expect(await phase(bench, "setup")).toMatchObject({ status: "timeout", message: "it took longer than 300 ms" });
    },
    { setupMs: 300 },
  );
});
