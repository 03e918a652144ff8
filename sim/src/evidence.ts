import { createHash } from "node:crypto";
import type { TrialEndRow } from "@capstan/core";
import type { CommitBatch } from "@capstan/store";
import type { EngineMessage } from "@capstan/protocol";
import type { Direction } from "./network.js";

/** What is seen from outside: every frame, and every row as it becomes durable. What may never happen throws. */
export class Evidence {
  readonly #hash = createHash("sha256");
  readonly #tokens = new Map<string, string>();
  readonly #verdicts = new Map<string, string>();
  readonly #ends = new Map<string, string>();
  readonly #discarded = new Set<string>();
  frames = 0;
  commits = 0;

  /** What all that was seen comes to: equal for equal runs. */
  get digest(): string {
    return this.#hash.copy().digest("hex").slice(0, 16);
  }

  frame(nowMs: number, { direction, machine, text }: { direction: Direction; machine: string; text: string }): void {
    this.frames += 1;
    this.#hash.update(`${nowMs} ${direction} ${machine} ${text}\n`);
    if (direction === "to engine" || !text.includes('"grant"')) return;
    for (const message of JSON.parse(text) as EngineMessage[]) {
      if (message.type !== "grant") continue;
      const key = message.token.split(".").slice(0, 3).join(".");
      const other = this.#tokens.get(key);
      if (other !== undefined) throw new Error(`the token ${key} of ${message.trial} was given for ${other} before`);
      this.#tokens.set(key, message.trial);
    }
  }

  committed({
    finishedTasks = [],
    reopenedTasks = [],
    trials = [],
    insertedTasks = [],
    discardedTasksets = [],
  }: CommitBatch): void {
    this.commits += 1;
    for (const { id, round, status, lastTrial } of finishedTasks) {
      this.#once(this.#verdicts, `${id} in round ${round}`, status);
      if (lastTrial !== null) this.#end(id, lastTrial);
    }
    for (const { namespace: _, task, revision: __, ...end } of trials) this.#end(task, end);
    for (const { id, round } of reopenedTasks) {
      if (!this.#verdicts.has(`${id} in round ${round - 1}`)) throw new Error(`${id} is run again without a verdict`);
    }
    for (const { id, taskset } of [...insertedTasks, ...finishedTasks]) {
      if (taskset !== null && this.#discarded.has(taskset)) throw new Error(`${id} is of a taskset that was discarded`);
    }
    for (const { id } of discardedTasksets) this.#discarded.add(id);
  }

  /** A trial that was called lost may prove that it lives; any other end is the last word on it. */
  #end(task: string, end: TrialEndRow): void {
    const what = `trial ${end.n} of ${task}`;
    if (this.#ends.get(what)?.includes('"status":"lost"') === true) this.#ends.delete(what);
    this.#once(this.#ends, what, JSON.stringify(end));
  }

  /** Final is final: the same may be written again, nothing else. */
  #once(seen: Map<string, string>, what: string, how: string): void {
    const before = seen.get(what);
    if (before !== undefined && before !== how) throw new Error(`${what} ended as ${before}, and as ${how}`);
    seen.set(what, how);
  }

  verdict(task: string, round: number): string | undefined {
    return this.#verdicts.get(`${task} in round ${round}`);
  }
}
