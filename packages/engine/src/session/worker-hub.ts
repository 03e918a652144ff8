import type { Effect, Worker } from "@capstan/core";
import type { FrameWriter } from "./frame-writer.js";
import { grantText } from "./frame-writer.js";
import type { TokenSigner } from "./token-signer.js";

/** The connection of a worker's session, as the hub sees it. */
export interface Line {
  readonly writer: FrameWriter;
  close(reason: string): void;
}

/** Which worker is on which connection; carries out effects that go to workers. */
export class WorkerHub {
  readonly #lines = new Map<Worker, Line>();
  readonly #written = new Set<FrameWriter>();
  readonly #signer: TokenSigner;

  constructor(signer: TokenSigner) {
    this.#signer = signer;
  }

  /** The worker speaks over this line from now on; an older one is closed. */
  attach(worker: Worker, line: Line): void {
    const old = this.#lines.get(worker);
    this.#lines.set(worker, line);
    if (old !== undefined && old !== line) old.close("the session was resumed on another connection");
  }

  /** Whether the line was the worker's; it has none now. */
  detach(worker: Worker, line: Line): boolean {
    if (this.#lines.get(worker) !== line) return false;
    return this.#lines.delete(worker);
  }

  send(worker: Worker, effect: Extract<Effect, { type: "send" | "grant" }>): void {
    const line = this.#lines.get(worker);
    if (line === undefined) return;
    if (effect.type === "send") line.writer.push(effect.message);
    else line.writer.pushText(this.#grant(effect));
    this.#written.add(line.writer);
  }

  #grant({ trial, offer, worker }: Extract<Effect, { type: "grant" }>): string {
    const { task } = trial;
    const claim = { task: task.id, trial: trial.id, worker: worker.id, revision: task.taskClass.spec.revision };
    return grantText(trial, offer, this.#signer.sign(trial.token, claim));
  }

  disconnect(worker: Worker, reason: string): void {
    this.#lines.get(worker)?.close(reason);
  }

  /** Sends what the turn has collected, one frame a worker. */
  flush(): void {
    for (const writer of this.#written) writer.flush();
    this.#written.clear();
  }
}
