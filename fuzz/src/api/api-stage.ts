import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine, type RunningEngine } from "@capstan/engine";
import { definePlugin, defineTask } from "@capstan/plugin";
import { defaultNamespace, MemoryTransport, workerPath } from "@capstan/protocol";
import { startWorker, type Worker } from "@capstan/worker";
import { broken } from "../invariant/broken.js";
import { AnswerCheck, isJson, type Answered } from "./answer-check.js";
import { callOf, type Asked, type Call } from "./asked.js";

/** A request that is not answered by then waits for something; its client goes. */
const patienceMs = 150;
const knownMax = 8;

const answers = new AnswerCheck();
/** In memory where that can be had: each launch waits for its commit, and what a disk does is no subject here. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A real engine on SQLite in a folder of its own, and a worker for it: everything that requests may meet. */
export class ApiStage {
  readonly #folder: string;
  readonly #engine: RunningEngine;
  readonly #worker: Worker;
  readonly #errors: unknown[];
  /** Statuses that each call has answered. */
  readonly statuses = new Map<string, Set<number>>();
  /** Ids that the engine gave, by kind, the latest last. */
  readonly #known = new Map<string, string[]>();

  private constructor(folder: string, parts: { engine: RunningEngine; worker: Worker; errors: unknown[] }) {
    this.#folder = folder;
    this.#engine = parts.engine;
    this.#worker = parts.worker;
    this.#errors = parts.errors;
    this.#learn("worker", parts.worker.status().worker);
  }

  static async open(): Promise<ApiStage> {
    const folder = mkdtempSync(join(place, "fuzz-api-"));
    const errors: unknown[] = [];
    const error = (fields: Readonly<Record<string, unknown>>): void => void errors.push(fields["error"]);
    const logger = { debug() {}, info() {}, warn() {}, error };
    const engine = await startEngine({ folder, port: null, isThreaded: false, logger });
    const transport = new MemoryTransport();
    const url = `ws://engine${workerPath()}`;
    transport.listen(url, (connection) => engine.engine.acceptWorker(defaultNamespace, connection));
    const worker = await startWorker({
      engine: "http://engine",
      name: "one",
      slots: 2,
      runtimes: ["inline"],
      plugins: [demo],
      folder: join(folder, "worker"),
      seams: { transport, fetch: (at, init) => engine.fetch(at, init), statistics: () => ({}) },
    });
    return new ApiStage(folder, { engine, worker, errors });
  }

  /** Makes the request that is described. @throws BrokenInvariant unless the answer is what the document promises. */
  async ask(asked: Asked): Promise<void> {
    const call = callOf(asked, (kind) => this.#known.get(kind)?.at(-1));
    if (call === undefined) return;
    const { orders } = this.#engine.engine.loop.state;
    const answered = await this.#fetch(call);
    if (answered === undefined) return;
    this.#note(call.operation.id, answered.status);
    if (!call.isElsewhere) answers.check(call.operation, answered);
    else if (answered.status >= 500) broken("a path is answered with 5xx", answered.status, call.url);
    const isRefused = answered.status >= 400 && call.operation.id.startsWith("launch");
    if (isRefused && orders !== this.#engine.engine.loop.state.orders && call.operation.id !== "launchTaskset")
      broken("a launch was refused, and left something", call.operation.id);
    if (answered.status < 300) this.#learnFrom(answered.text);
    const [error] = this.#errors.splice(0);
    if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
  }

  async #fetch({ operation, url, headers, body }: Call): Promise<Answered | undefined> {
    const leave = new AbortController();
    const timer = setTimeout(() => leave.abort(), patienceMs);
    try {
      const init = { method: operation.method, headers, signal: leave.signal, ...(body === undefined ? {} : { body }) };
      return await read(await this.#engine.fetch(url, init));
    } catch (error) {
      if (leave.signal.aborted) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #note(operation: string, status: number): void {
    const statuses = this.statuses.get(operation) ?? new Set();
    this.statuses.set(operation, statuses.add(status));
  }

  #learnFrom(text: string): void {
    for (const [kind, form] of Object.entries(forms)) for (const [id] of text.matchAll(form)) this.#learn(kind, id);
  }

  #learn(kind: string, id: string | undefined): void {
    if (id === undefined) return;
    const known = (this.#known.get(kind) ?? []).filter((other) => other !== id);
    this.#known.set(kind, [...known, id].slice(-knownMax));
  }

  async close(): Promise<void> {
    await this.#worker.close({ graceMs: 0, stopGraceMs: 0 });
    await this.#engine.close({ graceMs: 0 });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const forms: Readonly<Record<string, RegExp>> = {
  task: /task_[0-9a-z]{22}/g,
  taskset: /set_[0-9a-z]{22}/g,
  trial: /trial_[0-9a-z]{22}_\d+/g,
  revision: /rev_[0-9a-z]{26}/g,
  digest: /sha256:[0-9a-f]{64}/g,
};

/** Streams go on: who has seen the head leaves. */
async function read(response: Response): Promise<Answered> {
  const type = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  if (isJson(type)) return { status: response.status, type, text: await response.text() };
  await response.body?.cancel();
  return { status: response.status, type, text: "" };
}

const demo = definePlugin({
  name: "demo",
  version: "1",
  tasks: [
    defineTask({ name: "echo", run: (input: unknown) => input }),
    defineTask({
      name: "fail",
      run: () => {
        throw new Error("it failed");
      },
    }),
    defineTask({
      name: "wait",
      run: (_: unknown, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
        }),
    }),
  ],
});
