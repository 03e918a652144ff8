import type { CoreConfig } from "@capstan/core";
import {
  CapstanError,
  commandPlugin,
  MemoryTransport,
  type Connection,
  type EngineMessage,
  type EngineMessageOf,
  type Manifest,
  type TaskLaunch,
  type WorkerMessage,
} from "@capstan/protocol";
import { FolderBlobStore, openSqliteStore, type CommitBatch, type Store } from "@capstan/store";
import { makeGate, withFolder, SeededRandom, VirtualClock, type Gate } from "@capstan/testkit";
import { Engine } from "./engine.js";
import { makeOperations } from "./engine-operations.js";
import type { EngineOperations } from "./operations.js";

export const namespace = "default";
const url = "memory://engine";

/** Real SQLite that a test may make fail, or hold before it writes. */
export class TestStore {
  /** So many commits from now on fail, and write nothing. */
  failures = 0;
  /** So many reads of tasks from now on fail. */
  readFailures = 0;
  reads = 0;
  commits = 0;
  readonly store: Store;
  #held: Gate | undefined;

  constructor(inner: Store) {
    const commit = async (batch: CommitBatch): Promise<void> => {
      await this.#held?.opened;
      if (this.failures > 0) {
        this.failures -= 1;
        throw new CapstanError("store-failed", "the disk is full");
      }
      await inner.commit(batch);
      this.commits += 1;
    };
    const readTasks: Store["readTasks"] = async (...given) => {
      this.reads += 1;
      if (this.readFailures === 0) return inner.readTasks(...given);
      this.readFailures -= 1;
      throw new CapstanError("store-failed", "the disk cannot be read");
    };
    this.store = new Proxy(inner, {
      get: (target, name) => {
        if (name === "commit") return commit;
        if (name === "readTasks") return readTasks;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      },
    });
  }

  /** Holds commits until the returned function is called. */
  hold(): () => void {
    const gate = makeGate();
    this.#held = gate;
    return () => {
      this.#held = undefined;
      gate.open();
    };
  }
}

/** A worker's end of a connection, that says what the test makes it say. */
export class TestWorker {
  readonly messages: EngineMessage[] = [];
  readonly bed: EngineBed;
  session: { id: string; secret: string } | undefined;
  closed: string | undefined;
  #connection: Connection | undefined;

  readonly #url: string;

  constructor(bed: EngineBed, at: string) {
    this.bed = bed;
    this.#url = at;
  }

  async connect(): Promise<void> {
    this.closed = undefined;
    const connection = await this.bed.transport.connect(this.#url, {});
    this.#connection = connection;
    connection.onFrame = (frame) => this.messages.push(...(JSON.parse(frame) as EngineMessage[]));
    connection.onClose = (reason) => (this.closed = reason);
  }

  sendText(frame: string): void {
    this.#connection!.send(frame);
  }

  async send(...messages: WorkerMessage[]): Promise<void> {
    this.sendText(JSON.stringify(messages));
    await this.bed.settle();
  }

  async cut(): Promise<void> {
    this.#connection!.close();
    await this.bed.settle();
  }

  hello(more: Partial<Extract<WorkerMessage, { type: "hello" }>> = {}): WorkerMessage {
    return {
      type: "hello",
      protocol: 1,
      name: "tester",
      labels: [],
      slots: 4,
      runtimes: ["command"],
      revisions: [],
      trials: [],
      ...(this.session === undefined ? {} : { session: this.session }),
      ...more,
    };
  }

  /** Connects, joins or resumes, and asks for work. */
  async join(
    more: Partial<Extract<WorkerMessage, { type: "hello" }>> = {},
    credits = 4,
  ): Promise<EngineMessageOf<"welcome">> {
    await this.connect();
    await this.send(this.hello(more));
    const welcome = this.last("welcome");
    this.session = welcome.session;
    if (credits > 0) await this.send({ type: "acquire", revisions: "any", credits });
    return welcome;
  }

  all<T extends EngineMessage["type"]>(type: T): EngineMessageOf<T>[] {
    return this.messages.filter((message): message is EngineMessageOf<T> => message.type === type);
  }

  last<T extends EngineMessage["type"]>(type: T): EngineMessageOf<T> {
    const found = this.all(type).at(-1);
    if (found === undefined)
      throw new Error(`no ${type} came, but ${this.messages.map((each) => each.type).join(", ")}`);
    return found;
  }

  /** Accepts the last offer; gives the grant. */
  async accept(): Promise<EngineMessageOf<"grant">> {
    await this.send({ type: "accept", offer: this.last("offer").offer });
    return this.last("grant");
  }

  async report(
    { trial, token }: { trial: string; token: string },
    status: "succeeded" | "failed" = "succeeded",
    output?: unknown,
  ) {
    const facts = { timings: { durationMs: 1 }, hasBegun: true };
    await this.send({ type: "result", trial, token, status, ...facts, ...(output === undefined ? {} : { output }) });
  }
}

export interface BedOptions {
  readonly config?: Partial<CoreConfig>;
  readonly backlogMax?: number;
}

/** An engine on real SQLite in a folder of its own, on a virtual clock; it can be killed and started again. */
export class EngineBed {
  readonly clock = new VirtualClock();
  readonly failures: CapstanError[] = [];
  transport = new MemoryTransport();
  engine!: Engine;
  operations!: EngineOperations;
  store!: TestStore;
  blobs!: FolderBlobStore;
  readonly #folder: string;
  readonly #options: BedOptions;
  readonly #random = new SeededRandom(1);

  /** Use {@link withBed}. */
  constructor(folder: string, options: BedOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.transport = new MemoryTransport();
    this.blobs = new FolderBlobStore({ folder: `${this.#folder}/blobs`, clock: this.clock });
    const { blobs } = this;
    const inner = openSqliteStore({ folder: this.#folder, thread: false, random: this.#random, blobs });
    this.store = new TestStore(inner);
    this.engine = await Engine.open({
      store: this.store.store,
      blobs,
      clock: this.clock,
      random: this.#random,
      defer: (callback) => void setImmediate(callback),
      events: { failed: (error) => this.failures.push(error) },
      ...this.#options,
    });
    this.operations = makeOperations(this.engine, this.store.store);
    const { engine } = this;
    this.transport.listen(url, (connection) => engine.acceptWorker(namespace, connection));
  }

  /** Ends the engine between two events, without order: what was not committed is gone. */
  async kill(): Promise<void> {
    this.engine.loop.stop();
    await this.store.store.close(false);
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settle();
  }

  /** At another address than the default namespace's when the test listens there. */
  worker(at = url): TestWorker {
    return new TestWorker(this, at);
  }

  launch(more: Partial<TaskLaunch> = {}): Promise<{ task: string; isDuplicate: boolean }> {
    return this.operations.launchTask(namespace, { definition: "command/run", input: { command: "true" }, ...more });
  }

  deploy(manifest: Manifest) {
    return this.operations.deployRevision(namespace, manifest.plugin, { manifest });
  }
}

/** Runs a test on an engine, which ends with it. */
export function withBed(use: (bed: EngineBed) => Promise<void>, options: BedOptions = {}): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const bed = new EngineBed(folder, options);
      await bed.start();
      try {
        await use(bed);
      } finally {
        await bed.kill();
      }
      if (bed.failures.length > 0) throw bed.failures[0]!;
    });
}

/** A version of a plugin that a worker with the runtime `command` may run. */
export function pluginManifest(version: string): Manifest {
  return { ...commandPlugin, plugin: "demo", version, command: ["true"] };
}
