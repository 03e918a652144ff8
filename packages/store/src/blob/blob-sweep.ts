import { times } from "@capstan/protocol/plain";
import type { PruneOptions } from "../store.js";

interface BlobKey {
  readonly namespace: string;
  readonly digest: string;
}

/** Who knows which blobs rows refer to. */
export interface BlobReferences {
  findUnused(blobs: readonly BlobKey[]): Promise<readonly BlobKey[]>;
}

/** A blob store whose blobs can be walked and swept. */
export interface SweepableBlobs {
  /** Blobs last stored or asked for before the given time, in a fixed order, after the given place. */
  listIdle(options: {
    after: string;
    beforeMs: number;
    limit: number;
  }): Promise<{ readonly blobs: readonly BlobKey[]; readonly after: string; readonly isEnd: boolean }>;
  /** Deletes a blob unless it was used since. */
  deleteIdle(blob: BlobKey, beforeMs: number): Promise<boolean>;
}

/**
 * Deletes blobs that no row refers to. Nothing is counted: a sweep asks the rows, through indexes that hold only rows
 * with blobs, about blobs that were neither stored nor asked for within their retention. That is the time that may pass
 * between an upload and the launch, report or deployment that refers to it.
 */
export class BlobSweep {
  readonly #blobs: SweepableBlobs;
  #isUnderWay = false;
  #after = "";

  constructor(blobs: SweepableBlobs) {
    this.#blobs = blobs;
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  start(): void {
    this.#isUnderWay = true;
    this.#after = "";
  }

  async step(
    { nowMs, rowsMax, blobRetentionMs = times.blobRetentionMs }: PruneOptions,
    references: BlobReferences,
  ): Promise<{ readonly deleted: number; readonly hasMore: boolean }> {
    const beforeMs = nowMs - blobRetentionMs;
    const found = await this.#blobs.listIdle({ after: this.#after, beforeMs, limit: rowsMax });
    let deleted = 0;
    for (const blob of await references.findUnused(found.blobs)) {
      if (await this.#blobs.deleteIdle(blob, beforeMs)) deleted += 1;
    }
    this.#after = found.after;
    this.#isUnderWay = !found.isEnd;
    return { deleted, hasMore: !found.isEnd };
  }
}
