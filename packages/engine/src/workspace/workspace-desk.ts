import { CapstanError, type Workspace } from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";
import { digestsIn } from "./digests-in.js";

export interface WorkspaceParts {
  readonly loop: EngineLoop;
  readonly blobs: BlobStore;
}

/** The workspaces of tasksets: whether they are there at the launch, and that they stay while somebody may need them. */
export class WorkspaceDesk {
  readonly #parts: WorkspaceParts;
  /** When the files of a tree were last kept, by namespace and digest. */
  #keptAtMs = new Map<string, number>();

  constructor(parts: WorkspaceParts) {
    this.#parts = parts;
  }

  /** @throws CapstanError `blob-missing`: the tree was not sent, or was swept since. */
  async check(namespace: string, { tree }: Workspace): Promise<void> {
    if (await this.#parts.blobs.has(namespace, tree.digest)) return;
    throw new CapstanError(
      "blob-missing",
      "the tree of the workspace is not stored here: send it and its files first",
      {
        details: { digests: [tree.digest] },
      },
    );
  }

  /**
   * Keeps the files of unfinished tasksets from the sweep: no row refers to them, so their use is noted anew, well
   * within their retention. Those of a finished taskset go when nobody has asked for them for that long.
   */
  async keep(retentionMs: number): Promise<void> {
    const { loop } = this.#parts;
    const nowMs = loop.now().wallMs;
    const keptAtMs = new Map<string, number>();
    for (const { namespace, facts } of loop.state.tasksets.values()) {
      if (facts.workspace === null) continue;
      const { digest } = facts.workspace.tree;
      const tree = `${namespace} ${digest}`;
      const beforeMs = keptAtMs.get(tree) ?? this.#keptAtMs.get(tree) ?? 0;
      const isDue = nowMs - beforeMs >= retentionMs / 4;
      if (isDue) await this.#keepTree(namespace, digest);
      keptAtMs.set(tree, isDue ? nowMs : beforeMs);
    }
    this.#keptAtMs = keptAtMs;
  }

  async #keepTree(namespace: string, digest: string): Promise<void> {
    const { blobs } = this.#parts;
    if (!(await blobs.has(namespace, digest))) return;
    for await (const file of digestsIn(await blobs.open(namespace, digest))) await blobs.has(namespace, file);
  }
}
