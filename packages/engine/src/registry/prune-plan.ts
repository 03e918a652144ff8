import type { PluginRow, RevisionRow } from "@capstan/core";
import type { KeptReason } from "@capstan/protocol";

export interface PrunePlan {
  /** Newest first. */
  readonly pruned: readonly RevisionRow[];
  readonly kept: readonly { readonly revision: RevisionRow; readonly because: KeptReason }[];
}

/** What pruning keeps of a plugin's revisions: the default, those with unfinished tasks, and the newest so many. */
export function planPrune(
  { row, revisions }: { readonly row: PluginRow; readonly revisions: readonly RevisionRow[] },
  keep: number,
  countUnfinished: (revision: string) => number,
): PrunePlan {
  const pruned: RevisionRow[] = [];
  const kept: { revision: RevisionRow; because: KeptReason }[] = [];
  const newestFirst = revisions.toReversed().toSorted((left, right) => right.deployedAtMs - left.deployedAtMs);
  for (const [place, revision] of newestFirst.entries()) {
    if (revision.id === row.defaultRevision) kept.push({ revision, because: "default" });
    else if (countUnfinished(revision.id) > 0) kept.push({ revision, because: "unfinished" });
    else if (place < keep) kept.push({ revision, because: "newest" });
    else pruned.push(revision);
  }
  return { pruned, kept };
}
