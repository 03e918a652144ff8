import { createHash } from "node:crypto";
import {
  discardTaskset,
  launchTasks,
  openTaskset,
  sealTaskset,
  type IdempotencyRow,
  type TaskSeed,
  type Taskset,
  type TasksetFacts,
} from "@capstan/core";
import { canonicalJson, CapstanError, limits, type TasksetLaunched, type TasksetTask } from "@capstan/protocol";
import type { OpenTaskset } from "../engine/operations.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { SeedMaker } from "./seed-maker.js";

/** Seals the taskset with the row that holds its key, unless the key is held already: then gives its holder. */
export type LaunchOnce = (
  taskset: string,
  digest: string,
  seal: (rows: readonly IdempotencyRow[]) => Promise<void>,
) => Promise<{ readonly holder: string; readonly isDuplicate: boolean }>;

interface StreamParts {
  readonly loop: EngineLoop;
  readonly seeds: SeedMaker;
  /** Given when the launch has an idempotency key. */
  readonly once?: LaunchOnce;
}

/** The launch of a taskset in pieces. Its tasks are stored as they come and run when it is sealed. */
export class TasksetStream implements OpenTaskset {
  readonly facts: TasksetFacts;
  readonly #room: { checkRoom(count: number): void };
  readonly #parts: StreamParts;
  readonly #keys = new Set<string>();
  #taskset: Taskset | undefined;
  #count = 0;
  /** Of all tasks, as that of one JSON array of them. */
  readonly #digest = createHash("sha256").update("[");

  constructor(room: { checkRoom(count: number): void }, parts: StreamParts, facts: TasksetFacts) {
    this.#room = room;
    this.#parts = parts;
    this.facts = facts;
  }

  get taskset(): string {
    return this.facts.id;
  }

  async open(): Promise<void> {
    const { loop } = this.#parts;
    this.#taskset = loop.act((state, now) => openTaskset(state, this.facts, now));
    await loop.committed();
  }

  /** Makes seeds of tasks, changing nothing. @throws CapstanError as {@link SeedMaker}, with the position in `details`. */
  async check(tasks: readonly TasksetTask[]): Promise<TaskSeed[]> {
    this.#room.checkRoom(tasks.length);
    if (this.#count + tasks.length > limits.tasksetTasksMax) {
      throw new CapstanError("too-large", `a taskset has at most ${limits.tasksetTasksMax} tasks`, {
        details: { tasksMax: limits.tasksetTasksMax },
      });
    }
    const seeds: TaskSeed[] = [];
    for (const task of tasks) seeds.push(await this.#checkOne(task));
    return seeds;
  }

  async #checkOne(task: TasksetTask): Promise<TaskSeed> {
    const position = this.#count;
    this.#count += 1;
    try {
      const seed = await this.#parts.seeds.member(this.facts.namespace, task, { taskset: this.facts, position });
      if (this.#keys.has(seed.key!))
        throw new CapstanError("invalid-request", `the task key "${seed.key}" appears twice in the taskset`);
      this.#keys.add(seed.key!);
      return seed;
    } catch (error) {
      if (!(error instanceof CapstanError)) throw error;
      const details = { ...error.details, position };
      throw new CapstanError(error.code, `task ${position + 1}: ${error.message}`, { details, cause: error });
    }
  }

  async push(tasks: readonly TasksetTask[]): Promise<void> {
    const first = this.#count;
    const seeds = await this.check(tasks);
    const { loop, once } = this.#parts;
    this.#parts.seeds.check(seeds);
    loop.act((state, now) => launchTasks(state, seeds, this.#open(), now));
    if (once !== undefined) {
      const text = tasks.map((task) => canonicalJson(task)).join(",");
      this.#digest.update(first === 0 ? text : `,${text}`);
    }
    await loop.committed();
  }

  /** @throws CapstanError `idempotency-conflict`, `already-final`. */
  async seal(): Promise<TasksetLaunched> {
    const { once } = this.#parts;
    const { id } = this.facts;
    if (once === undefined) {
      await this.#seal([]);
      return { taskset: id, tasks: this.#count, isDuplicate: false };
    }
    const digest = this.#digest.update("]").digest("base64url");
    const { holder, isDuplicate } = await once(id, digest, (rows) => this.#seal(rows));
    if (isDuplicate) await this.discard();
    return { taskset: holder, tasks: this.#count, isDuplicate };
  }

  async #seal(rows: readonly IdempotencyRow[]): Promise<void> {
    const { loop } = this.#parts;
    const taskset = this.#open();
    this.#taskset = undefined;
    loop.act((state, now) => sealTaskset(state, taskset, now));
    loop.extra.idempotencies.push(...rows);
    await loop.committed();
  }

  async discard(): Promise<void> {
    const taskset = this.#taskset;
    this.#taskset = undefined;
    // One that was cancelled has its end already.
    if (taskset === undefined || taskset.status !== "open") return;
    const { loop } = this.#parts;
    loop.act((state, now) => discardTaskset(state, taskset, now));
    await loop.committed();
  }

  /** @throws CapstanError `already-final` when the taskset was cancelled meanwhile. */
  #open(): Taskset {
    const taskset = this.#taskset;
    if (taskset === undefined) throw new CapstanError("internal", "the stream of the taskset has ended");
    if (taskset.status === "open") return taskset;
    throw new CapstanError("already-final", `${taskset.id} was cancelled while its launch was under way`);
  }
}
