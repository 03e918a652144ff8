import { digestOf, startWorker, type FetchAnswer, type FetchInit, type Worker } from "@capstan/worker";
import type { Manifest } from "@capstan/protocol";
import type { Clock } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { EngineHost } from "./engine-host.js";
import type { Ledger } from "./ledger.js";
import { Lifetime } from "./lifetime.js";
import type { Network } from "./network.js";
import { simPlugin } from "./sim-plugin.js";

export interface MachineOptions {
  readonly name: string;
  readonly slots: number;
  /** Of the plugin that it runs. */
  readonly version: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly host: EngineHost;
  readonly ledger: Ledger;
}

const engineUrl = "memory://engine";

/** A machine with one real worker on it, which can die, freeze and come back. */
export class Machine {
  readonly name: string;
  worker: Worker | undefined;
  life: Lifetime;
  readonly #options: MachineOptions;
  #starts = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.name = options.name;
    this.life = new Lifetime(options.clock);
    this.life.end();
  }

  get isUp(): boolean {
    return !this.life.isOver;
  }

  start(): void {
    if (this.isUp) return;
    const { name, slots, version, clock, random, network, ledger } = this.#options;
    const life = new Lifetime(clock);
    this.life = life;
    this.#starts += 1;
    const starting = startWorker({
      engine: engineUrl,
      name,
      slots,
      runtimes: ["inline"],
      plugins: [simPlugin(version, { machine: name, life, ledger })],
      folder: "/nowhere",
      seams: {
        clock: life.clock,
        random: random.fork(`start ${this.#starts}`),
        transport: network.transport(name, life),
        fetch: (url, init) => this.#fetch(url, init),
        defer: life.defer,
        statistics: () => ({}),
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
    life.end();
    this.#options.clock.setTimer(1_000, () => this.start());
  }

  /** Its process is gone; unless the whole machine is, the engine sees the connection close. */
  crash(isPowerLoss: boolean): void {
    if (!this.isUp) return;
    this.life.end();
    this.worker = undefined;
    this.#options.ledger.machineDied(this.name, this.#options.clock.monotonicMs());
    for (const wire of this.#options.network.wires) {
      if (wire.machine !== this.name) continue;
      if (isPowerLoss) wire.lost = "both";
      else wire.cut();
    }
  }

  /** The engine's HTTP side, as far as a worker with plugins of its own needs it: it deploys them. */
  async #fetch(url: string, { method, body }: FetchInit): Promise<FetchAnswer> {
    const { network, host } = this.#options;
    const call = network.call(this.life, async () => {
      const plugin = /\/plugins\/([^/]+)\/revisions$/.exec(url)?.[1];
      if (method !== "POST" || plugin === undefined) return answer(404, { code: "not-found", detail: digestOf(url) });
      const { manifest } = JSON.parse(body as string) as { manifest: Manifest };
      return answer(201, await host.deploy(manifest));
    });
    // An engine that dies answers nothing more: the connection breaks.
    const broken = new Promise<never>((_, reject) => {
      this.life.clock.setTimer(5_000, () => reject(new TypeError("fetch failed")));
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
