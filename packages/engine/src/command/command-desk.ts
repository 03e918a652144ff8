import {
  cancelTask,
  cancelTaskset,
  pauseTaskset,
  reopenTasks,
  resumeTaskset,
  type Taskset,
  type FinishedTaskRow,
  type Reopening,
  rebuildTaskset,
} from "@capstan/core";
import { CapstanError, partitionOf, type Pause, type Rerun } from "@capstan/protocol";
import type { Store, StoredTask } from "@capstan/store";
import { checkName } from "../launch/check-name.js";
import { loadEstimates } from "../launch/load-estimates.js";
import type { RowSpecs } from "../launch/row-specs.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import { checkDeployed } from "../registry/check-deployed.js";
import type { Registry } from "../registry/registry.js";
import type { TaskWindow } from "../window/task-window.js";
import type { WorkspaceDesk } from "../workspace/workspace-desk.js";

export interface CommandParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly registry: Registry;
  readonly rowSpecs: RowSpecs;
  readonly window: TaskWindow;
  readonly workspaces: WorkspaceDesk;
}

const rerunStep = 2_000;

/** What people do to tasks and tasksets after their launch. Each call resolves when its effect is durable. */
export class CommandDesk {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  /** @throws CapstanError `not-found`, `already-final`. */
  async cancelTask(namespace: string, id: string): Promise<void> {
    const { loop, window } = this.#parts;
    await window.bring(namespace, [id]);
    const task = loop.state.tasks.get(id);
    if (task === undefined || task.taskClass.spec.namespace !== namespace) throw await this.#missingTask(namespace, id);
    loop.act((state, now) => cancelTask(state, task, now));
    await loop.committed();
  }

  async #missingTask(namespace: string, id: string): Promise<CapstanError> {
    await this.#parts.loop.committed();
    const stored = await this.#parts.store.readTask({ namespace, id });
    if (stored === undefined) return new CapstanError("not-found", `there is no task ${id}`);
    return new CapstanError("already-final", `${id} is ${stored.row.status}: it cannot be cancelled any more`);
  }

  /** @throws CapstanError `not-found`, `not-final`, `unsafe-rerun`, `revision-pruned`, `name-taken`. */
  async rerunTask(namespace: string, id: string, { force = false }: Rerun): Promise<void> {
    const { loop, store } = this.#parts;
    if (loop.state.tasks.has(id)) throw notFinal(id);
    await loop.committed();
    const stored = await store.readTask({ namespace, id });
    if (stored === undefined) throw new CapstanError("not-found", `there is no task ${id}`);
    const row = finishedRow(stored);
    const taskset = row.taskset === null ? null : await this.#reviveTaskset(namespace, row.taskset);
    this.#reopen([row], taskset, force);
    await loop.committed();
  }

  async pauseTaskset(namespace: string, id: string, { stop = false }: Pause): Promise<void> {
    const taskset = await this.#liveTaskset(namespace, id);
    this.#parts.loop.act((state, now) => pauseTaskset(state, taskset, stop, now));
    await this.#parts.loop.committed();
  }

  async resumeTaskset(namespace: string, id: string): Promise<void> {
    const taskset = await this.#liveTaskset(namespace, id);
    this.#parts.loop.act((state, now) => resumeTaskset(state, taskset, now));
    await this.#parts.loop.committed();
  }

  async cancelTaskset(namespace: string, id: string): Promise<void> {
    const taskset = await this.#liveTaskset(namespace, id);
    this.#parts.loop.act((state, now) => cancelTaskset(state, taskset, now));
    await this.#parts.loop.committed();
  }

  /** Opens the next round of what did not succeed, or of all. @throws CapstanError `not-found`, `not-final`, `unsafe-rerun`, `revision-pruned`, `name-taken`. */
  async rerunTaskset(namespace: string, id: string, { what = "unsuccessful", force = false }: Rerun): Promise<void> {
    const { loop, store } = this.#parts;
    if (loop.state.tasksets.has(id)) throw notFinal(id);
    await loop.committed();
    const taskset = await this.#reviveTaskset(namespace, id);
    const rows: FinishedTaskRow[] = [];
    for (let after: string | undefined; ;) {
      const page = await store.loadFinished({ namespace, id }, what, {
        limit: rerunStep,
        ...(after === undefined ? {} : { after }),
      });
      rows.push(...page);
      after = page.at(-1)?.id;
      if (page.length < rerunStep) break;
    }
    if (rows.length > 0) this.#reopen(rows, taskset, force);
    await loop.committed();
  }

  #reopen(rows: readonly FinishedTaskRow[], taskset: Taskset | null, isForced: boolean): void {
    const reopenings = rows.map((row) => this.#reopening(row, taskset));
    // Somebody else may have run it again while the store was read.
    const again = rows.find(({ id }) => this.#parts.loop.state.tasks.has(id));
    if (again !== undefined) throw notFinal(again.id);
    // A taskset that had ended takes its name again.
    if (taskset !== null && taskset.endedAtMs !== null && taskset.facts.name !== null)
      checkName(this.#parts.loop.state, taskset.namespace, taskset.facts.name);
    this.#parts.loop.act((state, now) => reopenTasks(state, reopenings, { taskset, isForced, now }));
  }

  #reopening(row: FinishedTaskRow, taskset: Taskset | null): Reopening {
    checkDeployed(this.#parts.registry, row);
    return { row, spec: this.#parts.rowSpecs.of(row, taskset), partition: partitionOf("task", row.id) };
  }

  /** A taskset as it is in memory, or as it ended. */
  async #reviveTaskset(namespace: string, id: string): Promise<Taskset> {
    const { loop, store, workspaces } = this.#parts;
    const live = loop.state.tasksets.get(id);
    if (live !== undefined) return live;
    const row = await store.readTaskset({ namespace, id });
    if (row === undefined) throw new CapstanError("not-found", `there is no taskset ${id}`);
    // The files of a finished taskset are kept for a while only: without them its tasks would lose the verdicts they have.
    if (row.workspace !== null) await workspaces.checkFiles(namespace, row.workspace);
    await loadEstimates(this.#parts, namespace, row.class);
    return loop.state.tasksets.get(id) ?? rebuildTaskset(loop.state, row, partitionOf("taskset", id));
  }

  async #liveTaskset(namespace: string, id: string): Promise<Taskset> {
    const live = this.#parts.loop.state.tasksets.get(id);
    if (live !== undefined && live.namespace === namespace) return live;
    await this.#parts.loop.committed();
    const row = await this.#parts.store.readTaskset({ namespace, id });
    if (row === undefined) throw new CapstanError("not-found", `there is no taskset ${id}`);
    throw new CapstanError("already-final", `${id} is ${row.status}`);
  }
}

function notFinal(id: string): CapstanError {
  return new CapstanError("not-final", `${id} is unfinished: wait for its end, or cancel it first`);
}

function finishedRow(stored: StoredTask): FinishedTaskRow {
  if (stored.isFinished) return stored.row;
  throw notFinal(stored.row.id);
}
