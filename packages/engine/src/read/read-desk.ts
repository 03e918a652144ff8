import { explain, explainClass, Forecast, type TaskRow, type TasksetRow } from "@capstan/core";
import {
  CapstanError,
  isFinalTaskset,
  isId,
  parseTrialId,
  type OfferView,
  type PhaseView,
  type Report,
  type TaskQuery,
  type TaskResult,
  type TasksetQuery,
  type TasksetResult,
  type TasksetView,
  type TaskView,
  type TrialView,
} from "@capstan/protocol";
import type { Page, Store, StoredTask } from "@capstan/store";
import type { WaitOptions } from "../engine/operations.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import { phaseView } from "../view/phase-view.js";
import { finishedTaskView, taskView, type TaskViewFacts } from "../view/task-view.js";
import { tasksetView } from "../view/taskset-view.js";
import { endedTrialView, liveTrialView, trialView } from "../view/trial-view.js";
import type { TaskWindow } from "../window/task-window.js";
import type { Waiters } from "../wait/waiters.js";
import { waitUntil } from "../wait/wait-until.js";

export interface ReadParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly window: TaskWindow;
  readonly verdicts: Waiters;
}

const reportStep = 1_000;

/** What people are shown: rows as committed, with what only memory knows (why a task waits, progress, ETA). */
export class ReadDesk {
  readonly #parts: ReadParts;

  constructor(parts: ReadParts) {
    this.#parts = parts;
  }

  /** @throws CapstanError `invalid-id`, `not-found`. */
  async getTask(namespace: string, id: string): Promise<TaskView> {
    return this.#viewTask(await this.#readTask(namespace, id), false);
  }

  async #readTask(namespace: string, id: string): Promise<StoredTask> {
    if (!isId("task", id))
      throw new CapstanError("invalid-id", `"${id.slice(0, 60)}" is no task id: it starts with "task_"`);
    const stored = await this.#parts.store.readTask({ namespace, id });
    if (stored === undefined) throw new CapstanError("not-found", `there is no task ${id}`);
    return stored;
  }

  #viewTask(stored: StoredTask, isBrief: boolean, forecast = this.#forecast()): TaskView {
    if (stored.isFinished) return finishedTaskView(stored.row, { isBrief });
    return taskView(stored.row, { ...this.#liveFacts(stored.row, forecast), isBrief });
  }

  #liveFacts(row: TaskRow, forecast: Forecast): TaskViewFacts {
    const { loop, window } = this.#parts;
    const task = loop.state.tasks.get(row.id);
    if (task === undefined) {
      // It waits in the store alone, like the others of its class.
      const taskClass = row.status === "queued" ? window.classOf(row) : undefined;
      if (taskClass === undefined) return {};
      const reason = explainClass(loop.state, taskClass, loop.now());
      return { reason, etaMs: forecast.ofStowed(taskClass, row.estimateMs) ?? undefined };
    }
    const { history } = task;
    return {
      isOffered: task.status === "offered",
      reason: explain(loop.state, task, loop.now()),
      etaMs: forecast.ofTask(task) ?? undefined,
      progress: history?.progress ?? undefined,
      progressNote: history?.progressNote ?? undefined,
    };
  }

  async listTasks(namespace: string, query: TaskQuery): Promise<Page<TaskView>> {
    const page = await this.#parts.store.listTasks(namespace, query);
    const forecast = this.#forecast();
    return { ...page, items: page.items.map((stored) => this.#viewTask(stored, true, forecast)) };
  }

  async waitTask(namespace: string, id: string, options: WaitOptions): Promise<TaskResult> {
    const read = async (): Promise<TaskResult> => {
      const stored = await this.#readTask(namespace, id);
      return { isFinal: stored.isFinished, task: this.#viewTask(stored, false) };
    };
    return waitUntil(
      { read, isDone: ({ isFinal }) => isFinal, subscribe: (tell) => this.#parts.verdicts.add(id, tell) },
      this.#wait(options),
    );
  }

  #wait({ waitMs, signal }: WaitOptions) {
    return { waitMs, clock: this.#parts.loop.clock, ...(signal === undefined ? {} : { signal }) };
  }

  async listTrials(namespace: string, id: string): Promise<TrialView[]> {
    const stored = await this.#readTask(namespace, id);
    const rows = await this.#parts.store.readTrials({ namespace, id });
    // A trial that was called lost and came back is shown as it is now.
    const now = stored.isFinished ? [stored.row.lastTrial?.n] : stored.row.trials.map(({ n }) => n);
    const ended = rows.filter(({ n }) => !now.includes(n)).map(trialView);
    if (!stored.isFinished) return [...ended, ...stored.row.trials.map((live) => liveTrialView(live, stored.row))];
    const { lastTrial } = stored.row;
    const last = lastTrial === null ? [] : [endedTrialView(lastTrial, stored.row)];
    return [...ended, ...last].toSorted(
      (left, right) => left.grantedAtMs - right.grantedAtMs || left.number - right.number,
    );
  }

  /** The offers of a task that came to nothing, as far as they are kept, oldest first. */
  async listOffers(namespace: string, id: string): Promise<OfferView[]> {
    await this.#readTask(namespace, id);
    const rows = await this.#parts.store.readOffers({ namespace, id });
    return rows.map(({ worker, workerName, outcome, reason, atMs }) => ({ worker, workerName, outcome, reason, atMs }));
  }

  async getTrial(namespace: string, id: string): Promise<TrialView> {
    const { task } = parseTrialId(id);
    const trials = await this.listTrials(namespace, task);
    const trial = trials.find((candidate) => candidate.id === id);
    if (trial === undefined) throw new CapstanError("not-found", `there is no trial ${id}`);
    return trial;
  }

  async getTaskset(namespace: string, id: string): Promise<TasksetView> {
    if (!isId("taskset", id))
      throw new CapstanError("invalid-id", `"${id.slice(0, 60)}" is no taskset id: it starts with "set_"`);
    const row = await this.#parts.store.readTaskset({ namespace, id });
    if (row === undefined) throw new CapstanError("not-found", `there is no taskset ${id}`);
    return this.#viewTaskset(row, this.#forecast());
  }

  /** How the phases of a taskset ended on its workers, oldest first. */
  async listPhases(namespace: string, id: string): Promise<PhaseView[]> {
    await this.getTaskset(namespace, id);
    return (await this.#parts.store.readPhases({ namespace, id })).map(phaseView);
  }

  #viewTaskset(row: TasksetRow, forecast: Forecast): TasksetView {
    const taskset = this.#parts.loop.state.tasksets.get(row.id);
    const etaMs = taskset === undefined ? null : forecast.ofTaskset(taskset);
    return tasksetView(row, etaMs === null ? {} : { etaMs });
  }

  #forecast(): Forecast {
    const { loop } = this.#parts;
    return new Forecast(loop.state, loop.now());
  }

  async listTasksets(namespace: string, query: TasksetQuery): Promise<Page<TasksetView>> {
    const page = await this.#parts.store.listTasksets(namespace, query);
    const forecast = this.#forecast();
    return { ...page, items: page.items.map((row) => this.#viewTaskset(row, forecast)) };
  }

  async waitTaskset(namespace: string, id: string, options: WaitOptions): Promise<TasksetResult> {
    const read = async (): Promise<TasksetResult> => {
      const taskset = await this.getTaskset(namespace, id);
      return { isFinal: isFinalTaskset(taskset.status), taskset };
    };
    return waitUntil(
      { read, isDone: ({ isFinal }) => isFinal, subscribe: (tell) => this.#parts.verdicts.add(id, tell) },
      this.#wait(options),
    );
  }

  /** The taskset with all of its tasks, whole: their inputs, outputs and last trials too. */
  async reportTaskset(namespace: string, id: string): Promise<Report> {
    const taskset = await this.getTaskset(namespace, id);
    const tasks: TaskView[] = [];
    for (let cursor: string | undefined; ;) {
      const query = { taskset: id, limit: reportStep, ...(cursor === undefined ? {} : { cursor }) };
      const page = await this.#parts.store.listTasks(namespace, query);
      tasks.push(...page.items.map((stored) => this.#viewTask(stored, false)));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return { taskset, tasks: tasks.toReversed() };
  }

  /** Whether the trial is over as far as memory knows: nothing more is to come of it. */
  isTrialLive(trial: string): boolean {
    return this.#parts.loop.state.trials.has(trial);
  }
}
