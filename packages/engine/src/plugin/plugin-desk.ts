import { adviseUnused, dropRevision } from "@capstan/core";
import {
  CapstanError,
  limits,
  type DeployRequest,
  type PluginView,
  type PruneRequest,
  type PruneResult,
  type RevisionView,
} from "@capstan/protocol";
import type { BlobDesk } from "../blob/blob-desk.js";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { Registry } from "../registry/registry.js";

export interface PluginParts {
  readonly loop: EngineLoop;
  readonly registry: Registry;
  readonly blobs: BlobDesk;
}

/**
 * Deploys revisions, switches defaults and prunes. What is deployed or switched is committed before the registry shows
 * it; one change follows another, so that none is decided on what another is about to change.
 */
export class PluginDesk {
  readonly #parts: PluginParts;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(parts: PluginParts) {
    this.#parts = parts;
  }

  list(namespace: string): PluginView[] {
    return this.#parts.registry.listPlugins(namespace, this.#unfinished);
  }

  get(namespace: string, plugin: string): PluginView {
    return this.#parts.registry.viewPlugin(namespace, plugin, this.#unfinished);
  }

  getRevision(namespace: string, revision: string): RevisionView {
    return this.#parts.registry.viewRevision(namespace, revision, this.#unfinished);
  }

  #unfinished = (_namespace: string, revision: string): number =>
    this.#parts.loop.state.revisionTasks.get(revision) ?? 0;

  /** Runs a change when those before it are done, however they ended. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  /** @throws CapstanError `invalid-manifest`, `invalid-path`, `blob-missing`, `store-failed`. */
  deploy(namespace: string, plugin: string, request: DeployRequest): Promise<RevisionView> {
    return this.#inTurn(() => this.#deploy(namespace, plugin, request));
  }

  async #deploy(namespace: string, plugin: string, request: DeployRequest): Promise<RevisionView> {
    const { loop, registry } = this.#parts;
    loop.checkIntake();
    const plan = registry.planDeploy(namespace, plugin, { ...request, nowMs: loop.now().wallMs });
    const missing = plan.isNew ? await this.#parts.blobs.missing(namespace, plan.digests) : [];
    if (missing.length > 0) {
      throw new CapstanError("blob-missing", `${missing.length} blobs of the bundle are not stored here`, {
        details: { digests: missing },
      });
    }
    const rows = {
      revisions: plan.isNew ? [plan.revision] : [],
      plugins: plan.plugin === undefined ? [] : [plan.plugin],
    };
    const { extra } = loop;
    extra.revisions.push(...rows.revisions);
    extra.plugins.push(...rows.plugins);
    loop.act((state, now) => {
      const facts = { namespace, atMs: now.wallMs, plugin, revision: plan.revision.id };
      if (plan.isNew) state.out.events.push({ type: "revision.deployed", ...facts });
      if (plan.plugin !== undefined) state.out.events.push({ type: "plugin.switched", ...facts });
    });
    await loop.committed();
    registry.apply(rows);
    return this.getRevision(namespace, plan.revision.id);
  }

  /** Switches the default revision, atomically. @throws CapstanError `unknown-plugin`, `unknown-revision`. */
  switchDefault(namespace: string, plugin: string, revision: string): Promise<PluginView> {
    return this.#inTurn(() => this.#switchDefault(namespace, plugin, revision));
  }

  async #switchDefault(namespace: string, plugin: string, revision: string): Promise<PluginView> {
    const { loop, registry } = this.#parts;
    loop.checkIntake();
    const row = registry.planSwitch(namespace, plugin, revision);
    if (row !== undefined) {
      loop.extra.plugins.push(row);
      loop.act((state, now) => {
        const revisionId = row.defaultRevision;
        state.out.events.push({
          type: "plugin.switched",
          namespace,
          atMs: now.wallMs,
          plugin,
          ...(revisionId === null ? {} : { revision: revisionId }),
        });
      });
      await loop.committed();
      registry.apply({ plugins: [row] });
    }
    return this.get(namespace, plugin);
  }

  /**
   * Prunes a plugin's revisions but the default, those with unfinished tasks and the newest so many. Their files go
   * with the sweep of blobs that nothing refers to, and workers that hold one are told that it is not needed.
   * @throws CapstanError `unknown-plugin`, `store-failed`, `overloaded` while the engine still reads what is unfinished.
   */
  prune(namespace: string, plugin: string, request: PruneRequest): Promise<PruneResult> {
    return this.#inTurn(() => this.#prune(namespace, plugin, request));
  }

  async #prune(
    namespace: string,
    plugin: string,
    { keep = limits.revisionsKept, isDryRun = false }: PruneRequest,
  ): Promise<PruneResult> {
    const { loop, registry } = this.#parts;
    loop.checkIntake();
    this.#checkLoaded();
    const plan = registry.planPrune(namespace, plugin, { keep, unfinished: this.#unfinished });
    const views = new Map(this.get(namespace, plugin).revisions.map((view) => [view.id, view]));
    const result: PruneResult = {
      plugin,
      isDryRun,
      pruned: plan.pruned.map(({ id }) => views.get(id)!),
      kept: plan.kept.map(({ revision, because }) => ({ revision: views.get(revision.id)!, because })),
    };
    if (isDryRun || plan.pruned.length === 0) return result;
    // In the turn of the decision, before any launch can be bound to one of them: a launch under way finds it gone.
    registry.apply({ deletedRevisions: plan.pruned });
    loop.extra.deletedRevisions.push(...plan.pruned.map(({ id }) => ({ namespace, id })));
    loop.act((state, now) => {
      for (const { id: revision } of plan.pruned) {
        state.out.events.push({ type: "revision.pruned", namespace, atMs: now.wallMs, plugin, revision });
        adviseUnused(state, revision);
        dropRevision(state, revision, now);
      }
    });
    await loop.committed();
    return result;
  }

  /** An engine that has just started does not know yet which revisions have unfinished tasks. */
  #checkLoaded(): void {
    if (this.#parts.loop.state.loading === null) return;
    throw new CapstanError("overloaded", "the engine has just started and still reads its unfinished tasks", {
      details: { retryAfterMs: 500 },
    });
  }
}
