import { setTimeout as pause } from "node:timers/promises";
import type { Script } from "@capstan/testkit";
import type { ProcessBed, WorkerProcess } from "../bed/process-bed.js";
import {
  kill,
  killTree,
  processesWithTmp,
  type LiveProcess,
  signalTree,
  untilGone,
  untilNoneWithTmp,
} from "../bed/process-tree.js";
import { TcpProxy } from "../bed/tcp-proxy.js";
import { violation, type Violation } from "../bed/violation.js";
import type { FaultFacts, FaultLog } from "./fault-log.js";

export interface WorkerPlaceParts {
  readonly bed: ProcessBed;
  readonly log: FaultLog;
  readonly name: string;
  readonly slots: number;
  readonly found: (violation: Violation) => void;
}

/** The processes of a worker by what they are. */
export interface WorkerTree {
  readonly worker: number;
  readonly spawner: number | undefined;
  readonly executors: readonly number[];
}

/** How long executors may outlive their worker, on a machine that does other things too. */
const outliveMs = 10_000;
/** How long a fault waits for an executor that it may kill. */
const executorMs = 20_000;
const lookAgainMs = 100;
/** Its trials are waited for, and reports that the engine does not answer. */
const stopMs = 60_000;

/** One machine of a worker, as far as faults know it: its processes, behind a connection of its own. */
export class WorkerPlace {
  readonly name: string;
  readonly proxy: TcpProxy;
  readonly #parts: WorkerPlaceParts;
  #worker: WorkerProcess | undefined;
  #isMeant = false;

  private constructor(parts: WorkerPlaceParts, proxy: TcpProxy) {
    this.name = parts.name;
    this.proxy = proxy;
    this.#parts = parts;
  }

  static async open(parts: WorkerPlaceParts): Promise<WorkerPlace> {
    const place = new WorkerPlace(parts, await TcpProxy.start(parts.bed.port));
    await place.start();
    return place;
  }

  async start(): Promise<void> {
    const { bed, slots } = this.#parts;
    this.#isMeant = false;
    const worker = await bed.spawnWorker(this.name, { slots, engine: this.proxy.url });
    this.#worker = worker;
    void worker.script.exited.then(() => this.#ended(worker.script));
  }

  get tmp(): string {
    return this.#worker!.tmp;
  }

  tree(): WorkerTree {
    const worker = this.#worker!.script.pid;
    const all = processesWithTmp(this.tmp);
    const spawner = all.find(({ parentPid }) => parentPid === worker)?.pid;
    // The spawner has other children too, which make its pipes.
    const isExecutor = ({ parentPid, command }: LiveProcess): boolean =>
      parentPid === spawner && !command.startsWith("mkfifo ");
    const executors = all.filter(isExecutor).map(({ pid }) => pid);
    return { worker, spawner, executors };
  }

  /** Kills the worker's own process: its spawner ends the rest and tells. */
  async killWorker(downMs: number): Promise<void> {
    const { worker, executors } = this.tree();
    await this.#during({ kind: "worker-kill", target: this.name, pids: executors, kills: 1 }, async () => {
      await this.#die(() => kill(worker));
      await this.#untilGone(executors);
      await pause(downMs);
      await this.start();
    });
  }

  /** Kills all at once, so that only the lease tells. */
  async killMachine(downMs: number): Promise<void> {
    const { executors } = this.tree();
    await this.#during({ kind: "machine-kill", target: this.name, pids: executors, kills: 1 }, async () => {
      await this.#die(() => killTree(this.tmp));
      await pause(downMs);
      await this.start();
    });
  }

  /** Kills one executor; `pick` chooses it. Nothing happens where there comes to be none. */
  async killExecutor(pick: (pids: readonly number[]) => number): Promise<void> {
    const endMs = performance.now() + executorMs;
    let { executors } = this.tree();
    // Nobody is told of another's children.
    for (; executors.length === 0; { executors } = this.tree()) {
      if (performance.now() > endMs) return;
      await pause(lookAgainMs);
    }
    const pid = pick(executors);
    await this.#during({ kind: "executor-kill", target: this.name, pids: [pid], kills: 1 }, async () => {
      kill(pid);
      await this.#untilGone([pid]);
    });
  }

  /** Kills the spawner: its worker ends the executors and starts another one. */
  async killSpawner(): Promise<void> {
    const { spawner, executors } = this.tree();
    if (spawner === undefined) return;
    await this.#during({ kind: "spawner-kill", target: this.name, pids: executors, kills: 1 }, async () => {
      kill(spawner);
      await this.#untilGone([spawner, ...executors]);
    });
  }

  /** Asks it to end in good order, and starts it again. */
  async leave(): Promise<void> {
    await this.#during({ kind: "worker-leave", target: this.name }, async () => {
      await this.#stop();
      await this.start();
    });
  }

  /** Stops the worker's own process for a while. */
  async freezeWorker(forMs: number): Promise<void> {
    const { worker } = this.tree();
    const facts = { target: this.name, pids: [worker], what: `for ${forMs} ms` };
    await this.#during({ kind: "worker-freeze", ...facts }, async () => {
      kill(worker, "SIGSTOP");
      await pause(forMs);
      kill(worker, "SIGCONT");
    });
  }

  /** Stops all of it for a while. */
  async freezeMachine(forMs: number): Promise<void> {
    const pids = signalTree(this.tmp, "SIGSTOP");
    await this.#during({ kind: "machine-freeze", target: this.name, pids, what: `for ${forMs} ms` }, async () => {
      await pause(forMs);
      for (const pid of pids) kill(pid, "SIGCONT");
    });
  }

  /** Does something to its connection for a while. */
  async disturb(facts: Omit<FaultFacts, "target">, disturb: (proxy: TcpProxy) => void, forMs: number): Promise<void> {
    const fault = this.#parts.log.begin({ ...facts, target: `link of ${this.name}` });
    disturb(this.proxy);
    await pause(forMs);
    this.proxy.mend();
    this.#parts.log.end(fault);
  }

  /** Ends it for good, and sees that nothing of it is left. */
  async close(): Promise<void> {
    await this.#stop();
    await untilNoneWithTmp(this.tmp, outliveMs).catch((error: Error) =>
      this.#parts.found(violation("leaked", `of ${this.name} ${error.message}`)),
    );
    this.proxy.close();
  }

  async #stop(): Promise<void> {
    this.#isMeant = true;
    const { script } = this.#worker!;
    // Before that it is not a worker yet, but a process that a signal ends.
    await script.waitForLine('"connecting"', stopMs);
    const exit = await script.stop("SIGTERM", stopMs).catch((error: unknown) => String(error));
    if (typeof exit !== "string" && exit.code === 0) return;
    const last = [...script.lines.slice(-5), script.stderr.slice(-2_000)];
    this.#parts.found(violation("leaked", `${this.name} did not end in order: ${JSON.stringify(exit)}`, last));
    killTree(this.tmp);
  }

  async #during(facts: FaultFacts, work: () => Promise<void>): Promise<void> {
    const fault = this.#parts.log.begin(facts);
    await work();
    this.#parts.log.end(fault);
  }

  async #die(strike: () => void): Promise<void> {
    this.#isMeant = true;
    strike();
    // Its spawner may live on for as long as it tries to tell the engine.
    await untilGone([this.#worker!.script.pid]);
  }

  async #untilGone(pids: readonly number[]): Promise<void> {
    await untilGone(pids, outliveMs).catch((error: Error) =>
      this.#parts.found(violation("leaked", `${this.name}: ${error.message}`)),
    );
  }

  #ended(script: Script): void {
    if (this.#isMeant || this.#worker!.script !== script) return;
    const last = [...script.lines.slice(-5), script.stderr.slice(-2_000)];
    this.#parts.found(violation("failed", `${this.name} ended by itself`, last));
    void this.start();
  }
}
