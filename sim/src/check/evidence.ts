import { createHash } from "node:crypto";
import type { FinishedTaskRow, TaskFacts, TaskRow, TrialEndRow } from "@capstan/core";
import { parseToken, trialIdOf, type EngineMessage, type EngineMessageOf, type TaskId } from "@capstan/protocol";
import type { CommitBatch } from "@capstan/store";
import type { Direction } from "../world/wire.js";
import { CountCheck } from "./count-check.js";

/** What is seen from outside: every frame, and every row as it becomes durable. What may never happen throws. */
export class Evidence {
  readonly #hash = createHash("sha256");
  /** Trials by token, and the epoch of each task's last lease. */
  readonly #tokens = new Map<string, string>();
  readonly #epochs = new Map<string, number>();
  /** Time limits of trials, as they were granted. */
  readonly #limitsMs = new Map<string, number>();
  readonly #tasks = new Set<string>();
  readonly #verdicts = new Map<string, string>();
  readonly #ends = new Map<string, string>();
  readonly #written = new Set<string>();
  readonly #discarded = new Set<string>();
  readonly #holders = new Map<string, string>();
  readonly #counts = new CountCheck();
  #generation = 0;
  frames = 0;
  commits = 0;
  /** Is told of each batch. */
  wrote: (generation: number, batch: CommitBatch) => void = () => {};

  /** What all that was seen comes to: equal for equal runs. */
  get digest(): string {
    return this.#hash.copy().digest("hex").slice(0, 16);
  }

  get tasks(): number {
    return this.#tasks.size;
  }

  arrived(nowMs: number, direction: Direction, { machine, text }: { machine: string; text: string }): void {
    this.frames += 1;
    this.#hash.update(`${nowMs} ${direction} ${machine} ${text}\n`);
  }

  /** An engine says something: it must be durable by then. */
  said(text: string): void {
    if (!text.includes('"grant"') && !text.includes('"accepted"')) return;
    for (const message of JSON.parse(text) as EngineMessage[]) {
      if (message.type === "grant") this.#grant(message);
      if (message.type === "accepted" && !this.#ends.has(message.trial))
        throw new Error(`the report of ${message.trial} is accepted before its end is stored`);
    }
  }

  #grant({ token, trial, task, isSafeToRerun, limits }: EngineMessageOf<"grant">): void {
    this.#limitsMs.set(trial, limits.softMs);
    const key = token.split(".").slice(0, 3).join(".");
    const other = this.#tokens.get(key);
    if (other !== undefined) throw new Error(`the token ${key} of ${trial} was given for ${other} before`);
    this.#tokens.set(key, trial);
    const { epoch } = parseToken(token)!.token;
    // An engine that hangs while another takes its disk may let go what is safe until its next commit: nothing but the
    // lock on the disk, which the simulation takes away, could keep it from that.
    if (epoch < (this.#epochs.get(task) ?? 0) && !isSafeToRerun)
      throw new Error(`${trial} has the token ${key}, and ${task} had one of a later engine before`);
    this.#epochs.set(task, Math.max(epoch, this.#epochs.get(task) ?? 0));
    if (!this.#tasks.has(task)) throw new Error(`${trial} is granted before its task is stored`);
    if (!isSafeToRerun && !this.#written.has(trial))
      throw new Error(`${trial} is not safe to rerun, and is granted before that is stored`);
  }

  /** An engine has taken the disk. */
  opened(generation: number): void {
    this.#generation = Math.max(this.#generation, generation);
  }

  committed(batch: CommitBatch, generation: number): void {
    this.commits += 1;
    this.wrote(generation, batch);
    if (generation < this.#generation)
      throw new Error(`engine ${generation} wrote after engine ${this.#generation} had taken the disk`);
    const { insertedTasks = [], updatedTasks = [], finishedTasks = [], reopenedTasks = [] } = batch;
    for (const { id } of insertedTasks) this.#tasks.add(id);
    for (const row of [...insertedTasks, ...finishedTasks]) this.#checkKey(row);
    for (const { task, ...end } of batch.trials ?? []) this.#end(task, end);
    for (const row of finishedTasks) this.#finish(row);
    for (const row of [...insertedTasks, ...updatedTasks, ...reopenedTasks]) this.#hold(row);
    for (const { id, round } of reopenedTasks) {
      if (!this.#verdicts.has(`${id} in round ${round - 1}`)) throw new Error(`${id} is run again without a verdict`);
    }
    for (const { id, taskset } of [...insertedTasks, ...finishedTasks]) {
      if (taskset !== null && this.#discarded.has(taskset)) throw new Error(`${id} is of a taskset that was discarded`);
    }
    for (const { id } of batch.discardedTasksets ?? []) this.#discarded.add(id);
  }

  #hold({ id, trials }: TaskRow): void {
    for (const { n } of trials) this.#written.add(trialIdOf(id as TaskId, n));
  }

  #finish(row: FinishedTaskRow): void {
    const { id, round, status, lastTrial } = row;
    this.#tasks.add(id);
    this.#once(this.#verdicts, `${id} in round ${round}`, status);
    if (lastTrial !== null) this.#end(id, lastTrial);
    this.#counts.finished(row);
  }

  /** A key is held by one task, however often its launch was tried. */
  #checkKey({ id, definition, idempotencyKey }: TaskFacts): void {
    if (idempotencyKey === null) return;
    const key = `${definition} ${idempotencyKey}`;
    const holder = this.#holders.get(key) ?? id;
    if (holder !== id) throw new Error(`${id} was launched under the key of ${holder}`);
    this.#holders.set(key, id);
  }

  /** A trial that was called lost may prove that it lives; any other end is the last word on it. */
  #end(task: string, end: TrialEndRow): void {
    const { n, status, worker, token, endedAtMs, outputJson, cause } = end;
    const trial = trialIdOf(task as TaskId, n);
    this.#counts.ended(task, end);
    if (this.#ends.get(trial)?.startsWith("lost") === true) this.#ends.delete(trial);
    const { partition, epoch, sequence } = token;
    this.#once(
      this.#ends,
      trial,
      `${status} ${cause} on ${worker} under ${partition}.${epoch}.${sequence} at ${endedAtMs} with ${outputJson}`,
    );
  }

  /** Final is final: the same may be written again, nothing else. */
  #once(seen: Map<string, string>, what: string, how: string): void {
    const before = seen.get(what);
    if (before !== undefined && before !== how) throw new Error(`${what} ended as ${before}, and as ${how}`);
    seen.set(what, how);
  }

  /** What an engine acknowledges is durable by then. @throws Error when it is not. */
  acknowledged(task: string): void {
    if (!this.#tasks.has(task)) throw new Error(`${task} was acknowledged before it was stored`);
  }

  /** The time limit of a trial that was granted. */
  limitMs(trial: string): number {
    return this.#limitsMs.get(trial) ?? Infinity;
  }

  verdict(task: string, round: number): string | undefined {
    return this.#verdicts.get(`${task} in round ${round}`);
  }
}
