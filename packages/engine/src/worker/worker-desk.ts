import { drainWorker, lift, quarantine, workerRowOf, type Worker } from "@capstan/core";
import { CapstanError, type LiftRequest, type QuarantineRequest, type WorkerView } from "@capstan/protocol";
import type { EngineLoop } from "../loop/engine-loop.js";
import { workerView } from "../view/worker-view.js";

/** What people see of workers, and do to them. */
export class WorkerDesk {
  readonly #loop: EngineLoop;

  constructor(loop: EngineLoop) {
    this.#loop = loop;
  }

  list(namespace: string): WorkerView[] {
    return [...this.#loop.state.workers.values()].filter((worker) => worker.namespace === namespace).map(viewOf);
  }

  get(namespace: string, idOrName: string): WorkerView {
    return viewOf(this.#find(namespace, idOrName));
  }

  /** @throws CapstanError `not-found`. */
  #find(namespace: string, idOrName: string): Worker {
    for (const worker of this.#loop.state.workers.values()) {
      if (worker.namespace === namespace && (worker.id === idOrName || worker.facts.name === idOrName)) return worker;
    }
    throw new CapstanError(
      "not-found",
      `there is no worker "${idOrName.slice(0, 200)}": \`capstan workers\` lists them`,
    );
  }

  async drain(namespace: string, idOrName: string, isDraining: boolean): Promise<WorkerView> {
    const worker = this.#find(namespace, idOrName);
    this.#loop.act((state, now) => drainWorker(state, worker, { isDraining, reason: "drained by hand", now }));
    await this.#loop.committed();
    return viewOf(worker);
  }

  async quarantine(
    namespace: string,
    idOrName: string,
    { scope, name, reason, forMs }: QuarantineRequest,
  ): Promise<WorkerView> {
    const worker = this.#find(namespace, idOrName);
    this.#loop.act((state, now) => {
      const until = forMs === undefined ? {} : { untilMs: now.wallMs + forMs };
      quarantine(state, worker, { scope, name, reason: reason ?? "by hand", now, ...until });
    });
    await this.#loop.committed();
    return viewOf(worker);
  }

  async lift(namespace: string, idOrName: string, { scope, name }: LiftRequest): Promise<WorkerView> {
    const worker = this.#find(namespace, idOrName);
    this.#loop.act((state, now) => lift(state, worker, { scope, name, now }));
    await this.#loop.committed();
    return viewOf(worker);
  }
}

function viewOf(worker: Worker): WorkerView {
  return workerView(workerRowOf(worker), {
    slotsBusy: worker.trials.size,
    revisions: [...worker.revisions],
    trials: [...worker.trials.keys()],
    statistics: worker.statistics,
    lastSeenAtMs: worker.lastSeenAtMs,
    lastDecline: worker.lastDecline,
  });
}
