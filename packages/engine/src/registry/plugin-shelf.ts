import type { PluginRow, RevisionRow } from "@capstan/core";
import { CapstanError, commandPlugin } from "@capstan/protocol";
import { revisionOf } from "./deploy-plan.js";
import { didYouMean, nearest } from "./nearest.js";
import { ResolvedDefinition } from "./resolved-definition.js";

interface Plugin {
  row: PluginRow;
  /** In the order of their deployment. */
  readonly revisions: Map<string, RevisionRow>;
}

const builtIn = revisionOf("", commandPlugin, 0);

/** The plugins of one namespace; the built-in `command` is always among them. */
export class PluginShelf {
  readonly #namespace: string;
  readonly #plugins = new Map<string, Plugin>();
  readonly #revisions = new Map<string, RevisionRow>();
  /** definition → revision as it was asked for ("" for the default) → what it means. Emptied when anything changes. */
  readonly #resolved = new Map<string, Map<string, ResolvedDefinition>>();
  /** revision id → definition → its resolved form, with its compiled schema: kept while the revision lives. */
  readonly #definitions = new Map<string, Map<string, ResolvedDefinition>>();

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.putRevision({ ...builtIn, namespace });
    this.putPlugin({ namespace, name: commandPlugin.plugin, defaultRevision: builtIn.id });
  }

  get plugins(): readonly PluginRow[] {
    return [...this.#plugins.values()]
      .map(({ row }) => row)
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The plugin's row, if it is deployed. */
  findPlugin(name: string): PluginRow | undefined {
    return this.#plugins.get(name)?.row;
  }

  findRevision(id: string): RevisionRow | undefined {
    return this.#revisions.get(id);
  }

  putPlugin(row: PluginRow): void {
    const plugin = this.#plugins.get(row.name);
    if (plugin === undefined) this.#plugins.set(row.name, { row, revisions: new Map() });
    else plugin.row = row;
    this.#resolved.clear();
  }

  putRevision(row: RevisionRow): void {
    if (!this.#plugins.has(row.plugin)) {
      this.putPlugin({ namespace: this.#namespace, name: row.plugin, defaultRevision: null });
    }
    this.#plugins.get(row.plugin)!.revisions.set(row.id, row);
    this.#revisions.set(row.id, row);
    this.#resolved.clear();
  }

  deleteRevision(id: string): void {
    const row = this.#revisions.get(id);
    if (row === undefined) return;
    this.#plugins.get(row.plugin)?.revisions.delete(id);
    this.#revisions.delete(id);
    this.#definitions.delete(id);
    this.#resolved.clear();
  }

  /** @throws CapstanError `unknown-plugin`. */
  plugin(name: string): { readonly row: PluginRow; readonly revisions: readonly RevisionRow[] } {
    const plugin = this.#plugins.get(name);
    if (plugin === undefined) throw this.#unknownPlugin(name);
    return { row: plugin.row, revisions: [...plugin.revisions.values()] };
  }

  /** The revision of a plugin by id or version; of several with one version the latest deployed. @throws `unknown-revision`. */
  revision(plugin: string, idOrVersion: string): RevisionRow {
    const { revisions } = this.plugin(plugin);
    const found =
      revisions.find(({ id }) => id === idOrVersion) ?? revisions.findLast(({ version }) => version === idOrVersion);
    if (found !== undefined) return found;
    const near = nearest(idOrVersion, new Set(revisions.flatMap(({ id, version }) => [version, id])));
    throw new CapstanError(
      "unknown-revision",
      `the plugin "${plugin}" has no revision "${idOrVersion.slice(0, 100)}"${didYouMean(near)}`,
      { details: { plugin, revision: idOrVersion.slice(0, 100), near } },
    );
  }

  /** @throws CapstanError `unknown-plugin`, `unknown-revision`, `unknown-definition`. */
  resolve(name: string, revision: string | undefined): ResolvedDefinition {
    const asked = revision ?? "";
    const found = this.#resolved.get(name)?.get(asked);
    if (found !== undefined) return found;
    const slash = name.indexOf("/");
    const plugin = name.slice(0, slash === -1 ? name.length : slash);
    const row = revision === undefined ? this.#defaultOf(plugin) : this.revision(plugin, revision);
    const resolved = this.#definitionOf(row, slash === -1 ? "" : name.slice(slash + 1));
    const byRevision = this.#resolved.get(name) ?? new Map<string, ResolvedDefinition>();
    this.#resolved.set(name, byRevision.set(asked, resolved));
    return resolved;
  }

  #defaultOf(name: string): RevisionRow {
    const { row } = this.plugin(name);
    if (row.defaultRevision !== null) return this.revision(name, row.defaultRevision);
    throw new CapstanError(
      "unknown-revision",
      `the plugin "${name}" has no default revision: name one at launch, or switch the default to one`,
      { details: { plugin: name } },
    );
  }

  #definitionOf(row: RevisionRow, name: string): ResolvedDefinition {
    let definitions = this.#definitions.get(row.id);
    if (definitions === undefined) {
      definitions = new Map(row.manifest.definitions.map((each) => [each.name, new ResolvedDefinition(row, each)]));
      this.#definitions.set(row.id, definitions);
    }
    const definition = definitions.get(name);
    if (definition !== undefined) return definition;
    const near = nearest(name, definitions.keys()).map((each) => `${row.plugin}/${each}`);
    throw new CapstanError(
      "unknown-definition",
      `revision ${row.version} of the plugin "${row.plugin}" has no definition "${name.slice(0, 200)}"${didYouMean(near)}`,
      { details: { plugin: row.plugin, revision: row.id, definition: name.slice(0, 200), near } },
    );
  }

  #unknownPlugin(name: string): CapstanError {
    const near = nearest(name, this.#plugins.keys());
    const shown = name.slice(0, 200);
    return new CapstanError("unknown-plugin", `no plugin "${shown}" is deployed here${didYouMean(near)}`, {
      details: { plugin: shown, near },
    });
  }
}
