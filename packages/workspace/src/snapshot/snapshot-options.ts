import { CapstanError, limits } from "@capstan/protocol";
import type { PathPatterns } from "./path-filter.js";

export interface SnapshotOptions extends PathPatterns {
  /**
   * Which files there are. `auto`, the default: what Git tracks, and what is untracked and not ignored; outside a work
   * tree everything but `.git`. `git` insists on a work tree, `all` takes ignored files too.
   */
  readonly files?: "auto" | "git" | "all";
  /** Globs, from the root. Only what they match is taken, with everything beneath. All by default. */
  readonly include?: readonly string[];
  /** Globs, from the root. What they match is left out, with everything beneath; stronger than `include`. */
  readonly exclude?: readonly string[];
  /** Submodules, and repositories within the repository: a typed error by default. */
  readonly submodules?: "refuse" | "skip";
  /** Sockets, pipes and devices: a typed error by default. */
  readonly specialFiles?: "refuse" | "skip";
  /** A file that keeps digests between snapshots, so that only what changed is read. None by default. */
  readonly statCache?: string;
  /** How large it may be. */
  readonly limits?: SnapshotLimits;
  /** Breaks it off. */
  readonly signal?: AbortSignal;
}

export interface SnapshotLimits {
  /** Files and links together, 200,000 by default; at most 1,000,000 files. */
  readonly filesMax?: number;
  /** Bytes of all files, 8 GiB by default. */
  readonly bytesMax?: number;
  /** Bytes of one file, 50 MiB by default: what an engine stores as a blob. */
  readonly fileBytesMax?: number;
}

/** The limits with their defaults. @throws CapstanError `invalid-config`. */
export function compileLimits(given: SnapshotLimits = {}): Required<SnapshotLimits> {
  const compiled = { filesMax: 200_000, bytesMax: 8 * 2 ** 30, fileBytesMax: limits.blobBytesMax, ...given };
  for (const [name, limit] of Object.entries(compiled)) {
    if (Number.isSafeInteger(limit) && limit >= 0) continue;
    throw new CapstanError("invalid-config", `${name} is ${limit}: it must be a whole number, 0 or more`);
  }
  return { ...compiled, filesMax: Math.min(compiled.filesMax, 1_000_000) };
}
