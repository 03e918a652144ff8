import type { BigIntStats } from "node:fs";

/** What tells whether a file was changed. Times in ns since 1970. */
export interface FileStat {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

export function fileStatOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileStat {
  return { size, mtimeNs, ctimeNs, inode: ino };
}

export function isSameStat(left: FileStat, right: FileStat): boolean {
  return (
    left.size === right.size &&
    left.mtimeNs === right.mtimeNs &&
    left.ctimeNs === right.ctimeNs &&
    left.inode === right.inode
  );
}
