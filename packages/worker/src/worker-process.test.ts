import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MemoryTransport, type Manifest } from "@capstan/protocol";
import { ProcessMark, withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { revisionOf } from "./plugin/revision-digest.js";
import { workerUrl } from "./session/address.js";
import { commandRevision, EnginePeer, type PeerTask } from "./session/engine-peer.test.support.js";
import { startWorker, type Worker } from "./worker.js";
import { engineUrl, HttpPeer } from "./worker.test.support.js";
import type { WorkerLimits } from "./option/worker-options.js";
import type { WorkerEvent } from "./event/worker-event.js";

interface Bench {
  readonly peer: EnginePeer;
  readonly http: HttpPeer;
  readonly worker: Worker;
  readonly folder: string;
  readonly events: WorkerEvent[];
  /** A worker of the same engine on the same folder, once the first is closed. */
  readonly again: () => Promise<Worker>;
}

/** A worker on the machine's clock with real executors. */
async function withWorker(
  use: (bench: Bench) => Promise<void>,
  limits: Partial<WorkerLimits> = {},
  slots = 2,
): Promise<void> {
  await withFolder(async (folder) => {
    const peer = new EnginePeer();
    const http = new HttpPeer();
    const transport = new MemoryTransport();
    const events: WorkerEvent[] = [];
    transport.listen(workerUrl(engineUrl, "default"), peer.listen);
    const start = (): Promise<Worker> =>
      startWorker({
        engine: engineUrl,
        slots,
        folder,
        limits,
        seams: { transport, fetch: http.fetch },
        onEvent: (event) => events.push(event),
      });
    const worker = await start();
    try {
      await use({ peer, http, worker, folder, events, again: start });
      expect(peer.violations).toEqual([]);
    } finally {
      await worker.close({ graceMs: 0, stopGraceMs: 0 });
    }
  });
}

const code = `
const define = (run) => ({ kind: "capstan.task", run, validateInput: (i) => i, validateOutput: (o) => o });
export default { kind: "capstan.plugin", name: "real", definitions: {
  double: define(({ n }) => { console.log("doubling", n); return 2 * n; }),
  crash: define(() => process.kill(process.pid, "SIGSEGV")),
  big: define(({ bytes }) => "x".repeat(bytes)),
  length: define((text) => text.length),
  forever: define(() => new Promise(() => setTimeout(() => {}, 1e6))),
} };`;

const names = ["double", "crash", "big", "length", "forever"];

function deploy(http: HttpPeer, more: Partial<Manifest> = {}): string {
  const manifest: Manifest = {
    manifestVersion: 1,
    plugin: "real",
    version: "1",
    runtime: "node",
    entry: "lib/index.js",
    files: [
      { path: "lib/index.js", ...http.addBlob(code) },
      { path: "package.json", ...http.addBlob('{"type":"module"}') },
    ],
    definitions: names.map((name) => ({ name })),
    ...more,
  };
  http.manifests.set(revisionOf(manifest), manifest);
  return revisionOf(manifest);
}

const real = (revision: string, name: string, input: unknown): PeerTask => ({
  definition: `real/${name}`,
  revision,
  runtime: "node",
  input,
});
const command = (input: unknown, more: Partial<PeerTask> = {}): PeerTask => ({
  definition: "command/run",
  revision: commandRevision,
  runtime: "command",
  input,
  ...more,
});

describe("revisions that are fetched", () => {
  test("are declined while they are prepared, taken when they are, and found on disk by the next worker", async () => {
    await withWorker(async ({ peer, http, worker, folder, again }) => {
      const revision = deploy(http);
      peer.launch(real(revision, "double", { n: 21 }));
      const first = await peer.result(1);
      expect(first).toMatchObject({ status: "succeeded", output: 42, hasBegun: true });
      expect(peer.all("preparing")).toEqual([{ type: "preparing", revision }]);
      expect(peer.all("decline")).toMatchObject([{ reason: "no-executor" }]);
      await peer.next("log");
      expect(peer.logs.get(`${first.trial} stdout`)).toBe("doubling 21\n");
      expect(await readFile(join(folder, "revisions", revision, "bundle", "lib", "index.js"), "utf8")).toBe(code);
      await worker.close();
      const calls = http.calls.length;
      const second = await again();
      try {
        peer.launch(real(revision, "double", { n: 1 }));
        expect(await peer.result(2)).toMatchObject({ output: 2 });
        expect(http.calls.slice(calls)).toEqual([]);
      } finally {
        await second.close({ graceMs: 0 });
      }
    });
  });

  test("run several trials in as many executors as there are slots, and use them again", async () => {
    await withWorker(async ({ peer, http, worker }) => {
      const revision = deploy(http);
      for (let n = 0; n < 10; n += 1) peer.launch(real(revision, "double", { n }));
      await peer.result(10);
      expect(peer.results.items.every((report) => report.type === "result" && report.status === "succeeded")).toBe(
        true,
      );
      expect(worker.status().executors).toBeLessThanOrEqual(2);
    });
  });

  test.each([
    ["its process", "process.pid"],
    ["its spawner", "process.ppid"],
  ])("are no worse for an executor that is killed while it is started: %s", async (_, pid) => {
    await withWorker(async ({ peer, http, folder }) => {
      const marker = JSON.stringify(join(folder, "is-killed"));
      const dying = `import { existsSync, writeFileSync } from "node:fs";
        if (!existsSync(${marker})) { writeFileSync(${marker}, ""); process.kill(${pid}, "SIGKILL"); for (;;); }`;
      const revision = deploy(http, { files: [{ path: "lib/index.js", ...http.addBlob(`${dying}\n${code}`) }] });
      peer.launch(real(revision, "double", { n: 4 }));
      expect(await peer.result(1)).toMatchObject({ status: "succeeded", output: 8 });
      expect(peer.all("decline").map(({ reason }) => reason)).not.toContain("load-failed");
    });
  });

  test("whose executor dies end the trial in it as error, and the next one runs", async () => {
    await withWorker(async ({ peer, http }) => {
      const revision = deploy(http);
      peer.launch(real(revision, "crash", {}));
      expect(await peer.result(1)).toMatchObject({ status: "error", wasAlone: true, error: { signal: "SIGSEGV" } });
      peer.launch(real(revision, "double", { n: 4 }));
      expect(await peer.result(2)).toMatchObject({ status: "succeeded", output: 8 });
    });
  });

  test("whose trials share executors leave one to the trial that shall be alone, and share again after it", async () => {
    await withWorker(
      async ({ peer, http }) => {
        const revision = deploy(http, {
          definitions: names.map((name) => ({ name, policy: { trialsPerExecutor: 4 } })),
        });
        const executors = (): (string | undefined)[] => peer.all("accept").map(({ executor }) => executor);
        const accepted = (count: number): Promise<unknown> => peer.next("accept", () => executors().length === count);
        peer.launch(real(revision, "forever", {}), real(revision, "forever", {}));
        await accepted(2);
        peer.launch({ ...real(revision, "forever", {}), isAlone: true });
        await accepted(3);
        peer.launch({ ...real(revision, "crash", {}), isAlone: true });
        expect(await peer.result(1)).toMatchObject({ status: "error", wasAlone: true });
        peer.launch(real(revision, "forever", {}));
        await accepted(5);
        const [first, second, alone, crashed, last] = executors();
        expect(first).toBe(second);
        expect(new Set([first, alone, crashed]).size).toBe(3);
        expect(last).toBe(first);
        peer.launch(real(revision, "crash", {}));
        const deaths = (await peer.results.waitForCount(5)).slice(1);
        expect(deaths).toMatchObject(deaths.map(() => ({ status: "error", wasAlone: false })));
        expect(peer.running.size).toBe(1);
      },
      {},
      6,
    );
  });

  test("that cannot be fetched or loaded are declined with the reason", async () => {
    await withWorker(async ({ peer, http }) => {
      const missing = deploy(http, { files: [{ path: "lib/index.js", digest: `sha256:${"0".repeat(64)}`, bytes: 3 }] });
      peer.launch(real(missing, "double", {}));
      const fetched = await peer.next("decline", ({ reason }) => reason === "fetch-failed");
      expect(fetched.message).toContain("not-found");
      peer.queue.length = 0;
      const broken = deploy(http, { files: [{ path: "lib/index.js", ...http.addBlob("export default 1") }] });
      peer.launch(real(broken, "double", {}));
      const loaded = await peer.next("decline", ({ reason }) => reason === "load-failed");
      expect(loaded.message).toContain("plugin");
      peer.queue.length = 0;
    });
  });

  test("that nobody needs are dropped after the linger, unless they are offered again", async () => {
    await withWorker(
      async ({ peer, http, worker }) => {
        const revision = deploy(http);
        peer.launch(real(revision, "double", { n: 1 }));
        await peer.result(1);
        peer.send({ type: "noMoreTasks", revision });
        await peer.next("dropped");
        expect(worker.status().revisions).toEqual([commandRevision]);
        expect(peer.all("getDeployInfo")).toHaveLength(1);
        await peer.next("getDeployInfo");
      },
      { lingerMs: 50 },
    );
  });

  test("are loaded beforehand when the engine says what to deploy", async () => {
    await withWorker(async ({ peer, http, worker }) => {
      const revision = deploy(http);
      peer.send({ type: "deployInfo", revision, manifest: http.manifests.get(revision)! });
      await peer.next("prepared");
      expect(worker.status().revisions).toContain(revision);
    });
  });
});

describe("values too large for a frame", () => {
  test("travel as blobs, both ways, also when the first try gets no answer", async () => {
    await withWorker(async ({ peer, http }) => {
      const revision = deploy(http);
      peer.launch(real(revision, "big", { bytes: 100_000 }));
      const report = await peer.result(1);
      expect(report).toMatchObject({ status: "succeeded", outputBlob: { bytes: 100_002 } });
      const { digest } = (report as { outputBlob: { digest: string } }).outputBlob;
      expect(JSON.parse(Buffer.from(http.blobs.get(digest)!).toString("utf8"))).toHaveLength(100_000);
      const inputBlob = http.addBlob(JSON.stringify("y".repeat(123_456)));
      http.failures = 2;
      peer.launch({ ...real(revision, "length", undefined), grant: { inputBlob } });
      expect(await peer.result(2)).toMatchObject({ status: "succeeded", output: 123_456 });
    });
  });

  test("over the limit fail the trial, and an input that is gone never begins it", async () => {
    await withWorker(async ({ peer, http }) => {
      const revision = deploy(http);
      peer.launch(real(revision, "big", { bytes: 5 * 1024 * 1024 }));
      expect(await peer.result(1)).toMatchObject({ status: "failed", error: { isRetryable: false } });
      const inputBlob = { digest: `sha256:${"1".repeat(64)}`, bytes: 7 };
      peer.launch({ ...real(revision, "length", undefined), grant: { inputBlob } });
      expect(await peer.result(2)).toMatchObject({ type: "stopped", hasBegun: false });
    });
  });
});

describe("commands", () => {
  test("run in a process group, with their output", async () => {
    await withWorker(async ({ peer }) => {
      peer.launch(command({ command: "echo out; echo err >&2; exit 3" }));
      const report = await peer.result(1);
      expect(report).toMatchObject({ status: "failed", error: { exitCode: 3 }, output: { exitCode: 3 } });
      expect(peer.logs.get(`${report.trial} stdout`)).toBe("out\n");
      expect(peer.logs.get(`${report.trial} stderr`)).toBe("err\n");
      const types = peer.received.items.map(({ type }) => type);
      expect(types.lastIndexOf("log")).toBeLessThan(types.indexOf("result"));
    });
  });

  test("have a setup script run once a taskset, before the first of them", async () => {
    await withWorker(async ({ peer, folder }) => {
      const setup = `echo ready >> ${folder}/setup`;
      const taskset = "set_0123456789abcdefghjkmn";
      for (let n = 0; n < 5; n += 1) peer.launch(command({ command: `cat ${folder}/setup`, setup }, { taskset }));
      await peer.result(5);
      expect(await readFile(join(folder, "setup"), "utf8")).toBe("ready\n");
      expect(peer.results.items.map((report) => report.type === "result" && report.status)).toEqual(
        Array(5).fill("succeeded"),
      );
    });
  });

  test("whose setup failed never begin, and others of the taskset are declined", async () => {
    await withWorker(async ({ peer }) => {
      const taskset = "set_0123456789abcdefghjkmn";
      peer.launch(command({ command: "true", setup: "echo broken >&2; exit 9" }, { taskset }));
      const stopped = await peer.result(1);
      expect(stopped).toMatchObject({ type: "stopped", hasBegun: false });
      expect((stopped as { reason: string }).reason).toContain("setup-failed");
      peer.launch(command({ command: "true", setup: "exit 9" }, { taskset }));
      expect(await peer.next("decline")).toMatchObject({ reason: "setup-failed" });
      peer.queue.length = 0;
    });
  });

  test("whose setup hangs never begin: it is ended with all its children at its deadline", async () => {
    await withWorker(
      async ({ peer }) => {
        const mark = new ProcessMark();
        const taskset = "set_0123456789abcdefghjkmn";
        const setup = "trap '' TERM; sleep 1000 & sleep 1000";
        peer.launch(command({ command: "true", setup, env: { ...mark.env } }, { taskset }));
        const stopped = await peer.result(1);
        expect(stopped).toMatchObject({ type: "stopped", hasBegun: false });
        expect((stopped as { reason: string }).reason).toContain("the setup script ended as timeout");
        await mark.waitForCount(0);
        peer.queue.length = 0;
      },
      { setupMs: 300 },
    );
  }, 20_000);

  test("are stopped when the worker is closed, and nothing is left of them", async () => {
    await withWorker(async ({ peer, worker }) => {
      const mark = new ProcessMark();
      peer.launch(command({ command: "sleep 1000 & sleep 1000; wait", env: { ...mark.env } }));
      await mark.waitForCount(3);
      await worker.close({ graceMs: 0, stopGraceMs: 200 });
      expect(await mark.list()).toEqual([]);
      expect(await peer.result(1)).toMatchObject({ type: "stopped", reason: "shutdown" });
    });
  });
});

test("a revision that was changed on disk is fetched anew", async () => {
  await withWorker(async ({ peer, http, worker, folder, again }) => {
    const revision = deploy(http);
    peer.launch(real(revision, "double", { n: 1 }));
    await peer.result(1);
    await worker.close();
    await writeFile(join(folder, "revisions", revision, "bundle", "lib", "index.js"), "throw new Error('changed')");
    const second = await again();
    try {
      peer.launch(real(revision, "double", { n: 3 }));
      expect(await peer.result(2)).toMatchObject({ status: "succeeded", output: 6 });
    } finally {
      await second.close({ graceMs: 0 });
    }
  });
});
