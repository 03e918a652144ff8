import { describePlugin, type Plugin } from "@capstan/plugin";
import { CapstanError, commandPlugin, type Manifest, type Runtime } from "@capstan/protocol";
import type { ExecutorKind, ExecutorKindName, ExecutorLimits, ExecutorResources } from "../executor/executor.js";
import { sharesOf, type PoolRevision } from "../slot/executor-pool.js";
import type { Revisions } from "./revision-cache.js";
import { revisionOf } from "./revision-digest.js";

export interface RevisionLoaderOptions {
  readonly cache: Revisions;
  readonly executors: Readonly<Record<ExecutorKindName, ExecutorKind>>;
  /** What executors are lent; the spawner is started when the first of them needs it. */
  readonly resources: (runtime: Runtime) => ExecutorResources;
}

/** Makes what executors are started of, from the cache and from what is part of this process. */
export class RevisionLoader {
  readonly #options: RevisionLoaderOptions;

  constructor(options: RevisionLoaderOptions) {
    this.#options = options;
  }

  /** @throws CapstanError as `RevisionCache.load`; `unsupported` for an inline revision. */
  async fetch(revision: string): Promise<PoolRevision> {
    const { manifest, directory } = await this.#options.cache.load(revision);
    if (manifest.runtime === "inline") {
      throw new CapstanError(
        "unsupported",
        `the inline plugin ${manifest.plugin} runs only in the process that has it`,
      );
    }
    return this.#make(manifest, { directory });
  }

  drop(revision: string): Promise<void> {
    return this.#options.cache.drop(revision);
  }

  /** The plugin that every worker with the runtime `command` has. */
  command(): PoolRevision {
    return this.#make(commandPlugin, { directory: "" });
  }

  inline(plugin: Plugin): PoolRevision {
    return this.#make(describeInline(plugin), { directory: "", module: plugin });
  }

  #make(manifest: Manifest, place: { directory: string; module?: unknown }): PoolRevision {
    const { entry, command, plugin, runtime } = manifest;
    const resources = this.#options.resources(runtime);
    return {
      kind: this.#options.executors[runtime],
      shares: sharesOf(manifest),
      resources: { ...resources, limits: { ...resources.limits, ...limitsOf(manifest) } },
      loaded: {
        revision: revisionOf(manifest),
        plugin,
        ...place,
        manifest: {
          trialsPerExecutor: Math.max(1, ...sharesOf(manifest).values()),
          ...(entry === undefined ? {} : { entry }),
          ...(command === undefined ? {} : { command, persistent: true }),
        },
      },
    };
  }
}

/** The manifest of a plugin whose code is part of this process. */
export function describeInline(plugin: Plugin): Manifest {
  return describePlugin(plugin, { runtime: "inline", files: [] });
}

/** An executor is shared by the definitions of its revision, so the strictest of their limits holds. */
function limitsOf({ definitions }: Manifest): Partial<ExecutorLimits> {
  const trials = definitions.flatMap(({ policy }) => policy?.executorTrialsMax ?? []);
  const bytes = definitions.flatMap(({ policy }) => policy?.executorMemoryBytesMax ?? []);
  return {
    ...(trials.length === 0 ? {} : { trialsMax: Math.min(...trials) }),
    ...(bytes.length === 0 ? {} : { rssBytesMax: Math.min(...bytes) }),
  };
}
