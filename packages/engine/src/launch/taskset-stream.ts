import {
  discardTaskset,
  launchTasks,
  openTaskset,
  sealTaskset,
  type TaskSeed,
  type Taskset,
  type TasksetFacts,
} from "@capstan/core";
import { CapstanError, limits, type TasksetLaunched, type TasksetTask } from "@capstan/protocol";
import type { OpenTaskset } from "../engine/operations.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { SeedMaker } from "./seed-maker.js";

/** The launch of a taskset in pieces. Its tasks are stored as they come and run when it is sealed. */
export class TasksetStream implements OpenTaskset {
  readonly facts: TasksetFacts;
  readonly #room: { checkRoom(count: number): void };
  readonly #parts: { readonly loop: EngineLoop; readonly seeds: SeedMaker };
  readonly #keys = new Set<string>();
  #taskset: Taskset | undefined;
  #count = 0;

  constructor(
    room: { checkRoom(count: number): void },
    parts: { readonly loop: EngineLoop; readonly seeds: SeedMaker },
    facts: TasksetFacts,
  ) {
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
    const seeds = await this.check(tasks);
    const { loop } = this.#parts;
    loop.act((state, now) => launchTasks(state, seeds, this.#open(), now));
    await loop.committed();
  }

  async seal(): Promise<TasksetLaunched> {
    const { loop } = this.#parts;
    const taskset = this.#open();
    this.#taskset = undefined;
    loop.act((state, now) => sealTaskset(state, taskset, now));
    await loop.committed();
    return { taskset: this.facts.id, tasks: this.#count, isDuplicate: false };
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
