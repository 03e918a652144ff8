import type { Worker } from "@capstan/core";
import type { WorkerMessageOf } from "@capstan/protocol";
import type { Batch } from "../loop/batch.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import { Waiters } from "../wait/waiters.js";
import type { WorkerHub } from "../session/worker-hub.js";

/** Takes the output of trials in, acknowledges what is stored, and tells those who follow it. */
export class LogDesk {
  readonly #loop: () => EngineLoop;
  readonly #hub: WorkerHub;
  readonly #followers = new Waiters();
  /** The last sequence of each trial taken since the last commit, to be acknowledged after it. */
  #unacknowledged = new Map<string, { readonly worker: Worker; readonly sequence: number }>();

  constructor(loop: () => EngineLoop, hub: WorkerHub) {
    this.#loop = loop;
    this.#hub = hub;
  }

  /** Trials whose output somebody follows. */
  get followers(): number {
    return this.#followers.size;
  }

  /** Output of a trial that this worker has, or that has just ended there. */
  take(worker: Worker, { trial, stream, sequence, text }: WorkerMessageOf<"log">): void {
    const loop = this.#loop();
    const live = loop.state.trials.get(trial);
    if (live === undefined ? isYetToCome(loop, trial) : live.worker !== worker) {
      // Another trial's worker, or one whose grant is forgotten: nobody wants it, so it need not be kept there.
      return this.#hub.send(worker, { type: "send", worker, message: { type: "logged", trial, sequence } });
    }
    loop.extra.logs.push({ namespace: worker.namespace, trial, stream, sequence, text, atMs: loop.now().wallMs });
    this.#unacknowledged.set(trial, { worker, sequence });
  }

  /** A commit is done: its logs are acknowledged and shown. */
  committed({ extra, changes }: Batch): void {
    if (extra.logs.length > 0) this.#acknowledge(extra.logs);
    if (this.#followers.isEmpty) return;
    for (const trial of new Set(extra.logs.map((row) => row.trial))) this.#followers.tell(trial);
    for (const event of changes.events) if (event.trial !== undefined) this.#followers.tell(event.trial);
  }

  #acknowledge(rows: Batch["extra"]["logs"]): void {
    const stored = new Map<string, number>();
    for (const { trial, sequence } of rows) stored.set(trial, Math.max(sequence, stored.get(trial) ?? 0));
    for (const [trial, sequence] of stored) {
      const last = this.#unacknowledged.get(trial);
      if (last === undefined) continue;
      if (sequence >= last.sequence) this.#unacknowledged.delete(trial);
      this.#hub.send(last.worker, { type: "send", worker: last.worker, message: { type: "logged", trial, sequence } });
    }
  }

  /** Calls back whenever more of the trial's output is stored, and when the trial ends. */
  follow(trial: string, callback: () => void): () => void {
    return this.#followers.add(trial, callback);
  }
}

/** Whether the id will be given to a trial that is still to come: its output must not mix with that of another. */
function isYetToCome(loop: EngineLoop, trial: string): boolean {
  // Of the form that frames are checked for: trial_<body of the task's id>_<number>.
  const [, body = "", n = ""] = trial.split("_");
  const task = loop.state.tasks.get(`task_${body}`);
  return task !== undefined && Number(n) > task.trialsTotal;
}
