import { launchTasks, openTaskset, sealTaskset, type IdempotencyRow, type TaskSeed, type Taskset } from "@capstan/core";
import {
  CapstanError,
  limits,
  times,
  type BulkLaunch,
  type BulkLaunched,
  type Launched,
  type TaskLaunch,
  type TasksetHeader,
  type TasksetLaunch,
  type TasksetLaunched,
} from "@capstan/protocol";
import type { Store } from "@capstan/store";
import type { OpenTaskset } from "../engine/operations.js";
import type { IdSource } from "../id/id-source.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { WorkspaceDesk } from "../workspace/workspace-desk.js";
import { loadEstimates } from "./load-estimates.js";
import { checkName } from "./check-name.js";
import { digestOf, type KeyClaim, type KeyLedger } from "./key-ledger.js";
import { TasksetStream, type LaunchOnce } from "./taskset-stream.js";
import type { SeedMaker } from "./seed-maker.js";

export interface LaunchParts {
  readonly loop: EngineLoop;
  readonly store: Store;
  readonly seeds: SeedMaker;
  readonly keys: KeyLedger;
  readonly ids: IdSource;
  readonly workspaces: WorkspaceDesk;
}

/** Takes launches in: checked before anything changes, durable when the promise resolves. */
export class LaunchDesk {
  readonly #parts: LaunchParts;
  readonly #backlogMax: number;

  constructor(parts: LaunchParts, backlogMax: number = limits.backlogMax) {
    this.#parts = parts;
    this.#backlogMax = backlogMax;
  }

  async launchTask(namespace: string, launch: TaskLaunch): Promise<Launched> {
    this.checkRoom(1);
    const seed = await this.#parts.seeds.lone(namespace, launch);
    if (launch.idempotencyKey === undefined) {
      await this.#commit([seed], []);
      return { task: seed.id, isDuplicate: false };
    }
    return this.#launchOnce(namespace, launch, seed);
  }

  /** All or none: every launch is checked before the first takes effect. */
  async launchTasks(namespace: string, { tasks }: BulkLaunch): Promise<BulkLaunched> {
    this.checkRoom(tasks.length);
    const seeds = await Promise.all(tasks.map((launch, position) => this.#seedAt(namespace, launch, position)));
    await this.#checkKeys(namespace, tasks);
    this.#parts.seeds.check(seeds);
    const plain = seeds.filter((_, at) => tasks[at]!.idempotencyKey === undefined);
    const keyed = seeds.map((seed, at) => {
      const launch = tasks[at]!;
      if (launch.idempotencyKey !== undefined) return this.#launchOnce(namespace, launch, seed);
      return Promise.resolve({ task: seed.id, isDuplicate: false });
    });
    const committed = plain.length > 0 ? this.#commit(plain, []) : Promise.resolve();
    const [launched] = await Promise.all([Promise.all(keyed), committed]);
    return { tasks: launched };
  }

  /** @throws CapstanError `idempotency-conflict` when a key was used with something else, before or in the same launch. */
  async #checkKeys(namespace: string, tasks: readonly TaskLaunch[]): Promise<void> {
    const claims = tasks.map((launch) =>
      launch.idempotencyKey === undefined ? undefined : claimOf(namespace, launch),
    );
    await this.#parts.keys.check(claims.filter((claim) => claim !== undefined));
  }

  async #seedAt(namespace: string, launch: TaskLaunch, position: number): Promise<TaskSeed> {
    try {
      return await this.#parts.seeds.lone(namespace, launch);
    } catch (error) {
      throw error instanceof CapstanError ? atPosition(error, position) : error;
    }
  }

  async #launchOnce(namespace: string, launch: TaskLaunch, seed: TaskSeed): Promise<Launched> {
    const { idempotencyMs = times.idempotencyMs } = launch;
    const claim = claimOf(namespace, launch);
    const { holder, isDuplicate } = await this.#parts.keys.once(claim, async () => {
      const row: IdempotencyRow = { ...claim, holder: seed.id, expiresAtMs: seed.launchedAtMs + idempotencyMs };
      await this.#commit([seed], [row]);
      return row;
    });
    return { task: holder, isDuplicate };
  }

  async launchTaskset(namespace: string, launch: TasksetLaunch): Promise<TasksetLaunched> {
    const { tasks, ...header } = launch;
    if (header.idempotencyKey === undefined) {
      const { id } = await this.#launchWhole(namespace, launch, () => []);
      return { taskset: id, tasks: tasks.length, isDuplicate: false };
    }
    const claim = tasksetClaim(namespace, header.idempotencyKey, digestOf(tasks));
    const { holder, isDuplicate } = await this.#parts.keys.once(claim, async () => {
      const hold = (taskset: string): IdempotencyRow => this.#hold(claim, taskset, header);
      return hold((await this.#launchWhole(namespace, launch, (taskset) => [hold(taskset)])).id);
    });
    return { taskset: holder, tasks: tasks.length, isDuplicate };
  }

  /** The key's row goes with the launch in one commit: a crash between the two would let the launch be repeated. */
  async #launchWhole(
    namespace: string,
    { tasks, ...header }: TasksetLaunch,
    keysOf: (taskset: string) => readonly IdempotencyRow[],
  ): Promise<Taskset> {
    const { loop } = this.#parts;
    if (header.name !== undefined) checkName(loop.state, namespace, header.name);
    const stream = await this.#prepare(namespace, header);
    const seeds = await stream.check(tasks);
    this.#parts.seeds.check(seeds);
    // Another may have taken the name while the tasks were checked.
    if (header.name !== undefined) checkName(loop.state, namespace, header.name);
    const taskset = loop.act((state, now) => {
      const made = openTaskset(state, stream.facts, now);
      launchTasks(state, seeds, made, now);
      sealTaskset(state, made, now);
      return made;
    });
    loop.extra.idempotencies.push(...keysOf(taskset.id));
    await loop.committed();
    return taskset;
  }

  #hold(
    claim: KeyClaim,
    holder: string,
    { idempotencyMs = times.idempotencyMs }: Pick<TasksetHeader, "idempotencyMs">,
  ): IdempotencyRow {
    return { ...claim, holder, expiresAtMs: this.#parts.loop.now().wallMs + idempotencyMs };
  }

  #once(namespace: string, key: string, header: TasksetHeader): LaunchOnce {
    return (taskset, digest, seal) => {
      const claim = tasksetClaim(namespace, key, digest);
      return this.#parts.keys.once(claim, async () => {
        const row = this.#hold(claim, taskset, header);
        await seal([row]);
        return row;
      });
    };
  }

  async openTaskset(namespace: string, header: TasksetHeader): Promise<OpenTaskset> {
    const { keys, loop } = this.#parts;
    const { name, idempotencyKey } = header;
    const once = idempotencyKey === undefined ? undefined : this.#once(namespace, idempotencyKey, header);
    // A repetition may meet the taskset of that name that it is a repetition of.
    const isRepeated = idempotencyKey !== undefined && (await keys.isHeld(tasksetClaim(namespace, idempotencyKey, "")));
    if (name !== undefined && !isRepeated) checkName(loop.state, namespace, name);
    const stream = await this.#prepare(namespace, header, once);
    if (name !== undefined && !isRepeated) checkName(loop.state, namespace, name);
    await stream.open();
    return stream;
  }

  /** @throws CapstanError `overloaded`, and what resolving the definition may say. */
  async #prepare(namespace: string, header: TasksetHeader, once?: LaunchOnce): Promise<TasksetStream> {
    this.checkRoom(1);
    const { loop, ids, store, seeds, workspaces } = this.#parts;
    if (header.workspace !== undefined) await workspaces.check(namespace, header.workspace);
    const partition = Math.floor((loop.state.orders * 2_654_435_761) % 2 ** 32) % loop.state.epochs.length;
    const stream = new TasksetStream(
      this,
      { loop, seeds, ...(once === undefined ? {} : { once }) },
      {
        namespace,
        id: ids.next("taskset", partition),
        partition,
        name: header.name ?? null,
        class: header.class ?? header.name ?? null,
        profile: header.profile ?? "job",
        definition: header.definition ?? null,
        revision: header.revision ?? null,
        policy: header.policy ?? null,
        limits: header.limits ?? null,
        workspace: header.workspace ?? null,
        muted: header.muted ?? null,
        launchedAtMs: loop.now().wallMs,
      },
    );
    await loadEstimates({ loop, store }, namespace, stream.facts.class);
    return stream;
  }

  /** @throws CapstanError `overloaded` when the engine has as many unfinished tasks as it may. */
  checkRoom(count: number): void {
    const { loop } = this.#parts;
    loop.checkIntake();
    const { waiting, queued, running } = loop.state.counts;
    const unfinished = waiting + queued + running;
    if (unfinished + count <= this.#backlogMax) return;
    throw new CapstanError("overloaded", `${unfinished} tasks are unfinished; ${this.#backlogMax} may be`, {
      details: { retryAfterMs: 1_000 },
    });
  }

  async #commit(seeds: readonly TaskSeed[], keys: readonly IdempotencyRow[]): Promise<void> {
    const { loop } = this.#parts;
    this.#parts.seeds.check(seeds);
    loop.act((state, now) => launchTasks(state, seeds, null, now));
    loop.extra.idempotencies.push(...keys);
    await loop.committed();
  }
}

function tasksetClaim(namespace: string, key: string, digest: string): KeyClaim {
  return { namespace, scope: "taskset", key, digest };
}

function claimOf(namespace: string, { definition, idempotencyKey, input, key }: TaskLaunch): KeyClaim {
  return { namespace, scope: definition, key: idempotencyKey!, digest: digestOf([input ?? null, key ?? null]) };
}

function atPosition(error: CapstanError, position: number): CapstanError {
  return new CapstanError(error.code, `task ${position + 1}: ${error.message}`, {
    details: { ...error.details, position },
    cause: error,
  });
}
