import type { PluginRow, RevisionRow } from "@capstan/core";
import { CapstanError, commandPlugin, type DeployRequest, type PluginView, type RevisionView } from "@capstan/protocol";
import { pluginView, revisionView } from "../view/plugin-view.js";
import { checkManifest } from "./check-manifest.js";
import { revisionOf, type DeployPlan } from "./deploy-plan.js";
import { planPrune, type PrunePlan } from "./prune-plan.js";
import { PluginShelf } from "./plugin-shelf.js";
import type { ResolvedDefinition } from "./resolved-definition.js";

/** Rows as a store has them or a commit wrote them. */
export interface RegistryRows {
  readonly plugins?: readonly PluginRow[];
  readonly revisions?: readonly RevisionRow[];
  readonly deletedRevisions?: readonly { readonly namespace: string; readonly id: string }[];
}

/** How many unfinished tasks a revision has. */
export type CountUnfinished = (namespace: string, revision: string) => number;

/**
 * Plugins and revisions, in memory. It decides and changes nothing by itself: plans give rows, the engine commits them,
 * and `apply` takes over what was committed.
 */
export class Registry {
  readonly #shelves = new Map<string, PluginShelf>();
  /** What is resolved in namespaces where nothing is deployed: the built-in plugin. */
  readonly #bare = new PluginShelf("");

  constructor(rows: RegistryRows = {}) {
    this.apply(rows);
  }

  /** Takes over rows that are durable. Revisions come in the order of their deployment. */
  apply({ plugins = [], revisions = [], deletedRevisions = [] }: RegistryRows): void {
    for (const row of revisions.toSorted((left, right) => left.deployedAtMs - right.deployedAtMs)) {
      this.#shelfFor(row.namespace).putRevision(row);
    }
    for (const row of plugins) this.#shelfFor(row.namespace).putPlugin(row);
    for (const { namespace, id } of deletedRevisions) this.#shelfFor(namespace).deleteRevision(id);
  }

  /**
   * What a launch means by a definition (`plugin/name`) and a revision (id or version; default: the plugin's default).
   * @throws CapstanError `unknown-plugin`, `unknown-revision`, `unknown-definition`, naming what was perhaps meant.
   */
  resolve(namespace: string, definition: string, revision?: string): ResolvedDefinition {
    return (this.#shelves.get(namespace) ?? this.#bare).resolve(definition, revision);
  }

  /** Whether a launch may still be bound to the revision. */
  isDeployed(namespace: string, revision: string): boolean {
    return (this.#shelves.get(namespace) ?? this.#bare).findRevision(revision) !== undefined;
  }

  /** The revision of that id, if it is deployed. */
  findRevision(namespace: string, id: string): RevisionRow | undefined {
    return this.#shelf(namespace).findRevision(id);
  }

  /**
   * What is to be committed so that the plugin has the manifest's revision; deploying the same again commits nothing.
   * @throws CapstanError `invalid-manifest`, `invalid-path`, `too-large`.
   */
  planDeploy(namespace: string, plugin: string, options: DeployRequest & { readonly nowMs: number }): DeployPlan {
    const { manifest, isDefault = true, nowMs } = options;
    checkPlugin(plugin, manifest.plugin);
    const revision = revisionOf(namespace, manifest, nowMs);
    const shelf = this.#shelf(namespace);
    const known = shelf.findRevision(revision.id);
    if (known === undefined) checkManifest(manifest);
    const row = shelf.findPlugin(plugin);
    const defaultRevision = isDefault ? revision.id : (row?.defaultRevision ?? null);
    const isChanged = row === undefined || row.defaultRevision !== defaultRevision;
    return {
      revision: known ?? revision,
      isNew: known === undefined,
      plugin: isChanged ? { namespace, name: plugin, defaultRevision } : undefined,
      digests: [...new Set(manifest.files.map(({ digest }) => digest))],
    };
  }

  /**
   * The plugin's row with another default (revision id or version); undefined when it is the default already.
   * @throws CapstanError `unknown-plugin`, `unknown-revision`.
   */
  planSwitch(namespace: string, plugin: string, revision: string): PluginRow | undefined {
    const shelf = this.#shelf(namespace);
    const { id } = shelf.revision(plugin, revision);
    return shelf.findPlugin(plugin)?.defaultRevision === id
      ? undefined
      : { namespace, name: plugin, defaultRevision: id };
  }

  /** What pruning keeps of a plugin and what not. @throws CapstanError `unknown-plugin`. */
  planPrune(
    namespace: string,
    plugin: string,
    { keep, unfinished }: { readonly keep: number; readonly unfinished: CountUnfinished },
  ): PrunePlan {
    return planPrune(this.#shelf(namespace).plugin(plugin), keep, (revision) => unfinished(namespace, revision));
  }

  /** All plugins of a namespace, by name. */
  listPlugins(namespace: string, unfinished: CountUnfinished): PluginView[] {
    return this.#shelf(namespace).plugins.map(({ name }) => this.viewPlugin(namespace, name, unfinished));
  }

  /** @throws CapstanError `unknown-plugin`. */
  viewPlugin(namespace: string, name: string, unfinished: CountUnfinished): PluginView {
    const { row, revisions } = this.#shelf(namespace).plugin(name);
    return pluginView(row, revisions, (revision) => unfinished(namespace, revision));
  }

  /** A revision with its manifest. @throws CapstanError `unknown-revision`. */
  viewRevision(namespace: string, id: string, unfinished: CountUnfinished): RevisionView {
    const shelf = this.#shelf(namespace);
    const row = shelf.findRevision(id);
    if (row === undefined) {
      throw new CapstanError("unknown-revision", `no revision "${id.slice(0, 100)}" is deployed here`);
    }
    const isDefault = shelf.findPlugin(row.plugin)?.defaultRevision === id;
    return revisionView(row, { isDefault, tasksUnfinished: unfinished(namespace, id), hasManifest: true });
  }

  /** The shelf of a namespace to read from: one where nothing is deployed is made for the moment, and not kept. */
  #shelf(namespace: string): PluginShelf {
    return this.#shelves.get(namespace) ?? new PluginShelf(namespace);
  }

  #shelfFor(namespace: string): PluginShelf {
    let shelf = this.#shelves.get(namespace);
    if (shelf === undefined) {
      shelf = new PluginShelf(namespace);
      this.#shelves.set(namespace, shelf);
    }
    return shelf;
  }
}

function checkPlugin(named: string, inManifest: string): void {
  if (named !== inManifest) {
    throw new CapstanError("invalid-manifest", `the manifest is of the plugin "${inManifest}", not of "${named}"`, {
      details: { plugin: inManifest },
    });
  }
  if (named === commandPlugin.plugin) {
    throw new CapstanError("invalid-manifest", `the plugin "${named}" is built in: give yours another name`);
  }
}
