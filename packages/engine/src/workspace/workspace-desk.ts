import { CapstanError, type Workspace } from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";
import { digestsIn } from "./digests-in.js";

/** Digests that an error names. */
const namedDigestsMax = 100;

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
   * Whether the tree and all of its files are there still, for a taskset that has ended. Asking keeps them for a while.
   * @throws CapstanError `blob-missing`, with some of those that were swept since.
   */
  async checkFiles(namespace: string, workspace: Workspace): Promise<void> {
    await this.check(namespace, workspace);
    const { count, digests } = await this.#missingFiles(namespace, workspace.tree.digest);
    if (count === 0) return;
    throw new CapstanError(
      "blob-missing",
      `${count} files of the workspace are not kept any more: launch the tasks anew from the tree`,
      { details: { count, digests } },
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
    await this.#missingFiles(namespace, digest);
  }

  async #missingFiles(namespace: string, tree: string): Promise<{ count: number; digests: string[] }> {
    const { blobs } = this.#parts;
    const digests: string[] = [];
    let count = 0;
    for await (const file of digestsIn(await blobs.open(namespace, tree))) {
      if (await blobs.has(namespace, file)) continue;
      count += 1;
      if (digests.length < namedDigestsMax) digests.push(file);
    }
    return { count, digests };
  }
}
