import { digestOf, startWorker, type FetchAnswer, type FetchInit, type Revisions, type Worker } from "@capstan/worker";
import { CapstanError, type Clock, type Manifest } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { Ledger } from "../check/ledger.js";
import { simPlugin } from "../load/sim-plugin.js";
import type { EngineHost } from "./engine-host.js";
import { Lifetime, type Skew } from "./lifetime.js";
import type { Network } from "./network.js";
import { SimSpawner } from "./sim-spawner.js";

export interface MachineOptions {
  readonly name: string;
  readonly slots: number;
  /** Whether it runs commands beside its plugin. */
  readonly hasCommands: boolean;
  readonly skew: Skew;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly host: EngineHost;
  readonly ledger: Ledger;
}

const engineUrl = "http://engine";

/** All code is inline or a command: a revision to be fetched is a garbled one, and the real disk is no part of the world. */
const noRevisions: Revisions = {
  load: async (revision) => {
    throw new CapstanError("unknown-revision", `there is no revision ${revision}`);
  },
  drop: async () => {},
  close: async () => {},
};

/** A machine with one real worker on it, which can die, freeze and come back, also with another version of its plugin. */
export class Machine {
  readonly name: string;
  worker: Worker | undefined;
  life: Lifetime;
  version: string;
  readonly #options: MachineOptions;
  #spawner: SimSpawner | undefined;
  #spawnerLife: Lifetime;
  #starts = 0;

  constructor(options: MachineOptions, version: string) {
    this.#options = options;
    this.name = options.name;
    this.version = version;
    this.life = new Lifetime(options.clock);
    this.#spawnerLife = this.life;
    this.life.end();
  }

  get isUp(): boolean {
    return !this.life.isOver;
  }

  start(): void {
    if (this.isUp) return;
    const { name, slots, hasCommands, clock, skew, random, network, ledger } = this.#options;
    const life = new Lifetime(clock, skew);
    const spawnerLife = new Lifetime(clock, skew);
    this.life = life;
    this.#spawnerLife = spawnerLife;
    this.#starts += 1;
    const own = random.fork(`start ${this.#starts}`);
    const place = { machine: name, life, ledger, nowMs: () => clock.monotonicMs() };
    const parts = { machine: name, life: spawnerLife, worker: life, random: own.fork("spawner"), network, ledger };
    this.#spawner = undefined;
    const starting = startWorker({
      engine: engineUrl,
      name,
      slots,
      runtimes: hasCommands ? ["inline", "command"] : ["inline"],
      plugins: [simPlugin(this.version, place)],
      folder: "/nowhere",
      seams: {
        clock: life.clock,
        random: own,
        transport: network.transport(name, life),
        fetch: (url, init) => this.#fetch(life, url, init),
        defer: life.defer,
        spawn: () => (this.#spawner = new SimSpawner(parts)),
        statistics: () => ({}),
        revisions: noRevisions,
      },
    });
    starting.then(
      (worker) => (this.worker = worker),
      () => this.#startAgain(life),
    );
  }

  /** It could not join in its time: a supervisor would start it again. */
  #startAgain(life: Lifetime): void {
    if (life.isOver) return;
    this.crash(true);
    this.#options.clock.setTimer(1_000, () => this.start());
  }

  /** Its process is gone; unless the whole machine is, the engine sees the connection close, and the spawner reports it. */
  crash(isPowerLoss: boolean): void {
    if (!this.isUp) return;
    const { network, ledger, clock } = this.#options;
    const { life } = this;
    const [spawner, spawnerLife] = [this.#spawner, this.#spawnerLife];
    life.end();
    this.worker = undefined;
    ledger.workerDied(this.name, clock.monotonicMs());
    network.drop(life, () => isPowerLoss);
    if (!isPowerLoss) return spawner?.workerDied();
    spawner?.killAll();
    spawnerLife.end();
  }

  /** The engine's HTTP side, as far as a worker with plugins of its own needs it: it deploys them. */
  async #fetch(life: Lifetime, url: string, { method, body }: FetchInit): Promise<FetchAnswer> {
    const { network, host } = this.#options;
    const call = network.call(life, async () => {
      const plugin = /\/plugins\/([^/]+)\/revisions$/.exec(url)?.[1];
      if (method !== "POST" || plugin === undefined) return answer(404, { code: "not-found", detail: digestOf(url) });
      const { manifest } = JSON.parse(body as string) as { manifest: Manifest };
      return answer(201, await host.deploy(manifest));
    });
    // An engine that dies answers nothing more: the connection breaks.
    const broken = new Promise<never>((_, reject) => {
      life.clock.setTimer(5_000, () => reject(new TypeError("fetch failed")));
    });
    return Promise.race([call, broken]);
  }
}

function answer(status: number, content: unknown): FetchAnswer {
  const text = JSON.stringify(content);
  return {
    ok: status < 400,
    status,
    text: () => Promise.resolve(text),
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
  };
}
