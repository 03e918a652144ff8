import { CapstanError, limits, type DeployRequest, type PluginView, type RevisionView } from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";
import type { Registry } from "../registry/registry.js";

export interface PluginParts {
  readonly loop: EngineLoop;
  readonly registry: Registry;
  readonly blobs: BlobStore;
}

/** Deploys revisions and switches defaults; rows are committed before the registry shows them. */
export class PluginDesk {
  readonly #parts: PluginParts;

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

  /** @throws CapstanError `invalid-manifest`, `invalid-path`, `blob-missing`, `store-failed`. */
  async deploy(namespace: string, plugin: string, request: DeployRequest): Promise<RevisionView> {
    const { loop, registry } = this.#parts;
    loop.checkIntake();
    const plan = registry.planDeploy(namespace, plugin, { ...request, nowMs: loop.now().wallMs });
    const missing = plan.isNew ? await this.missing(namespace, plan.digests) : [];
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
  async switchDefault(namespace: string, plugin: string, revision: string): Promise<PluginView> {
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

  async missing(namespace: string, digests: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (const digest of digests) if (!(await this.#parts.blobs.has(namespace, digest))) missing.push(digest);
    return missing;
  }

  putBlob(namespace: string, digest: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number }> {
    return this.#parts.blobs.put(namespace, digest, bytes, limits.blobBytesMax);
  }

  openBlob(namespace: string, digest: string): Promise<AsyncIterable<Uint8Array>> {
    return this.#parts.blobs.open(namespace, digest);
  }
}
