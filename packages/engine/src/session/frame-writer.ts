import type { Trial } from "@capstan/core";
import type { Connection, EngineMessage } from "@capstan/protocol";

/** A frame stays well under the limits that a worker sets, whatever the encoding makes of its characters. */
const frameCharactersMax = 4 * 1024 * 1024;
const frameMessagesMax = 5_000;

/** Collects what goes to one worker in a turn and sends it as one frame. */
export class FrameWriter {
  readonly #connection: Connection;
  #parts: string[] = [];
  /** Held until the welcome has gone. */
  isHeld = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  push(message: EngineMessage): void {
    this.#parts.push(JSON.stringify(message));
  }

  /** A message that is JSON already. */
  pushText(text: string): void {
    this.#parts.push(text);
  }

  /** Puts the message first and lets frames go from now on. */
  open(first: EngineMessage): void {
    this.#parts.unshift(JSON.stringify(first));
    this.isHeld = false;
    this.flush();
  }

  /** Sends what was collected: one frame, or a few when it is too much for one. */
  flush(): void {
    if (this.isHeld || this.#parts.length === 0) return;
    const parts = this.#parts;
    this.#parts = [];
    let from = 0;
    let characters = 0;
    for (const [at, { length }] of parts.entries()) {
      if (at > from && (characters + length > frameCharactersMax || at - from === frameMessagesMax)) {
        this.#connection.send(`[${parts.slice(from, at).join(",")}]`);
        from = at;
        characters = 0;
      }
      characters += length;
    }
    this.#connection.send(`[${(from === 0 ? parts : parts.slice(from)).join(",")}]`);
  }
}

/** A grant as it travels; the input is put in as the text that it is. */
export function grantText(trial: Trial, offer: number, token: string): string {
  const { task, times } = trial;
  const { spec } = task.taskClass;
  const { policy } = spec;
  const memory = policy.memoryBytes === null ? "" : `,"memoryBytes":${policy.memoryBytes}`;
  const limits = `{"softMs":${times.softMs},"hardMs":${times.hardMs},"stopGraceMs":${policy.stopGraceMs},"outputBytesMax":${policy.outputBytesMax}${memory}}`;
  const taskset = task.taskset === null ? "" : `,"taskset":"${task.taskset.id}"`;
  const key = task.key === null ? "" : `,"key":${JSON.stringify(task.key)}`;
  const input = task.inputJson === null ? "" : `,"input":${task.inputJson}`;
  const blob = task.inputBlob === null ? "" : `,"inputBlob":${task.inputBlob}`;
  const number = trial.n - task.past.roundStart;
  return (
    `{"type":"grant","offer":${offer},"trial":"${trial.id}","token":"${token}","task":"${task.id}"${taskset}${key},` +
    `"definition":"${spec.definition}","revision":"${spec.revision}","number":${number},"round":${task.round},` +
    `"limits":${limits},"leaseMs":${policy.leaseMs},"isSafeToRerun":${policy.safeToRerun}${input}${blob}}`
  );
}
