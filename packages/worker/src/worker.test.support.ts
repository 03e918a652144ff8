import { definePlugin, defineTask, type Plugin } from "@capstan/plugin";
import { MemoryTransport, type Manifest, type Workspace } from "@capstan/protocol";
import { makeGate, Recorder, SeededRandom, VirtualClock, type Gate } from "@capstan/testkit";
import { describeInline } from "./plugin/revision-loader.js";
import { digestOf, revisionOf } from "./plugin/revision-digest.js";
import type { Fetch, FetchAnswer } from "./plugin/engine-http.js";
import { EnginePeer, type PeerOptions, type PeerTask } from "./session/engine-peer.test.support.js";
import { workerUrl } from "./session/address.js";
import { startWorker, type Worker } from "./worker.js";
import type { WorkerOptions } from "./option/worker-options.js";
import type { WorkerEvent } from "./event/worker-event.js";

export const engineUrl = "memory://engine";

/** The engine's HTTP side, as far as a worker needs it: blobs and revisions in memory. */
export class HttpPeer {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, Manifest>();
  /** By taskset. */
  readonly workspaces = new Map<string, Workspace>();
  readonly calls: string[] = [];
  /** Begins of calls that are never answered. */
  readonly unanswered: string[] = [];
  readonly hanging = new Recorder<string>();
  /** Calls that get no answer, from now on. */
  failures = 0;

  readonly fetch: Fetch = async (url, { method, body, signal }) => {
    signal?.throwIfAborted();
    const path = url.slice(url.indexOf("/namespaces/default/") + "/namespaces/default/".length);
    this.calls.push(`${method} ${path}`);
    if (this.unanswered.some((begin) => `${method} ${path}`.startsWith(begin))) {
      this.hanging.add(`${method} ${path}`);
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
    }
    if (this.failures > 0) {
      this.failures -= 1;
      throw new TypeError("fetch failed");
    }
    return this.#answer(`${method} ${path.split("/")[0]}`, path.split("/").slice(1).map(decodeURIComponent), body);
  };

  addBlob(content: string | Uint8Array): { digest: string; bytes: number } {
    const bytes = Buffer.from(content);
    this.blobs.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), bytes: bytes.byteLength };
  }

  #answer(call: string, parts: string[], body: string | Uint8Array | undefined): FetchAnswer {
    if (call === "PUT blobs") {
      this.addBlob(Buffer.from(body as Uint8Array));
      return answer(201, JSON.stringify({ digest: parts[0], bytes: 0 }));
    }
    if (call === "GET blobs") {
      const blob = this.blobs.get(parts[0]!);
      return blob === undefined ? problem(404, "not-found") : answer(200, blob);
    }
    if (call === "GET revisions") {
      const manifest = this.manifests.get(parts[0]!);
      return manifest === undefined ? problem(404, "unknown-revision") : answer(200, view(manifest, true));
    }
    if (call === "GET tasksets") {
      const workspace = this.workspaces.get(parts[0]!);
      return workspace === undefined ? problem(404, "not-found") : answer(200, tasksetView(parts[0]!, workspace));
    }
    const { manifest } = JSON.parse(body as string) as { manifest: Manifest };
    this.manifests.set(revisionOf(manifest), manifest);
    return answer(201, view(manifest, false));
  }
}

function view(manifest: Manifest, isWhole: boolean): string {
  return JSON.stringify({
    id: revisionOf(manifest),
    namespace: "default",
    plugin: manifest.plugin,
    version: manifest.version,
    digest: digestOf(revisionOf(manifest)),
    runtime: manifest.runtime,
    isDefault: true,
    deployedAtMs: 0,
    tasksUnfinished: 0,
    ...(isWhole ? { manifest } : {}),
  });
}

function tasksetView(id: string, workspace: Workspace): string {
  const none = { total: 0, waiting: 0, queued: 0, running: 0, succeeded: 0, skipped: 0, failed: 0, abandoned: 0 };
  return JSON.stringify({
    id,
    namespace: "default",
    profile: "test",
    status: "running",
    round: 1,
    counts: { ...none, cancelled: 0, flaky: 0, retries: 0, muted: 0 },
    launchedAtMs: 0,
    workspace,
  });
}

function answer(status: number, content: string | Uint8Array): FetchAnswer {
  const bytes = Buffer.from(content);
  return {
    ok: status < 400,
    status,
    text: () => Promise.resolve(bytes.toString("utf8")),
    arrayBuffer: () => Promise.resolve(new Uint8Array(bytes).buffer),
  };
}

function problem(status: number, code: string): FetchAnswer {
  return answer(status, JSON.stringify({ code, detail: `there is ${code} here`, status }));
}

/** A plugin whose trials end when the test says so. */
export class HeldPlugin {
  readonly gates = new Map<string, Gate<unknown>>();
  readonly started: string[] = [];
  readonly plugin: Plugin = definePlugin({
    name: "held",
    version: "1",
    tasks: [
      defineTask({ name: "echo", run: (input: unknown) => input }),
      defineTask({
        name: "hold",
        run: async (input: string, { signal, trial }) => {
          this.started.push(trial.id);
          const gate = this.gate(input);
          const aborted = new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
          });
          return Promise.race([gate.opened, aborted]);
        },
      }),
      defineTask({
        name: "stubborn",
        run: async (input: string, { trial }) => {
          this.started.push(trial.id);
          return this.gate(input).opened;
        },
      }),
      defineTask({
        name: "odd",
        run: (input: string) => {
          if (input === "bigint") return 1n;
          if (input === "deep") return JSON.parse("[".repeat(1_000) + "]".repeat(1_000)) as unknown;
          if (input === "throw") throw new Error("e".repeat(100_000));
          return undefined;
        },
      }),
      defineTask({
        name: "say",
        run: async (input: { lines: number; text: string }, { log, progress }) => {
          for (let line = 0; line < input.lines; line += 1) log.info(input.text, { line });
          progress(0.5, "half");
          return input.lines;
        },
      }),
    ],
  });
  readonly revision = revisionOf(describeInline(this.plugin));

  gate(name: string): Gate<unknown> {
    const gate = this.gates.get(name) ?? makeGate<unknown>();
    this.gates.set(name, gate);
    return gate;
  }

  task(name: string, input?: unknown, more: Partial<PeerTask> = {}): PeerTask {
    return { definition: `held/${name}`, revision: this.revision, runtime: "inline", input, ...more };
  }
}

export interface Rig {
  readonly worker: Worker;
  readonly peer: EnginePeer;
  readonly http: HttpPeer;
  readonly held: HeldPlugin;
  readonly clock: VirtualClock;
  readonly events: WorkerEvent[];
  readonly transport: MemoryTransport;
}

export interface RigOptions {
  readonly peer?: PeerOptions;
  readonly worker?: Partial<WorkerOptions>;
  readonly seed?: number;
}

/** A real worker with inline plugins, on a virtual clock, with a scripted engine at the other end. */
export async function startRig({ peer: peerOptions, worker: more, seed = 1 }: RigOptions = {}): Promise<Rig> {
  const parts = makeRig(peerOptions);
  const worker = await startWorker({ ...rigOptions(parts, seed), ...more });
  return { ...parts, worker };
}

export function makeRig(peerOptions?: PeerOptions): Omit<Rig, "worker"> {
  const clock = new VirtualClock();
  const transport = new MemoryTransport();
  const peer = new EnginePeer(peerOptions);
  transport.listen(workerUrl(engineUrl, "default"), peer.listen);
  return { clock, transport, peer, http: new HttpPeer(), held: new HeldPlugin(), events: [] };
}

export function rigOptions(rig: Omit<Rig, "worker">, seed = 1): WorkerOptions {
  return {
    engine: engineUrl,
    name: "rig",
    slots: 2,
    runtimes: ["inline"],
    plugins: [rig.held.plugin],
    seams: {
      clock: rig.clock,
      random: new SeededRandom(seed),
      transport: rig.transport,
      fetch: rig.http.fetch,
      statistics: () => ({}),
    },
    onEvent: (event) => rig.events.push(event),
  };
}

/** Lets everything happen that is ready to happen. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Ends a rig, whatever state its test left it in. */
export async function closeRig({ worker, peer, held, clock }: Rig): Promise<void> {
  for (const gate of held.gates.values()) gate.open("closed");
  peer.does.beat = true;
  const closed = { is: false };
  void worker.close({ graceMs: 0, stopGraceMs: 0 }).then(() => (closed.is = true));
  while (!closed.is) await clock.advance(1_000);
  if (peer.violations.length > 0) throw new Error(`the worker broke the protocol: ${peer.violations.join("; ")}`);
}
