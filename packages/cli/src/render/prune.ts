import type { KeptReason, PruneResult, RevisionView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { ago, instant } from "./quantity.js";
import { tabLines, tableLines, type Column } from "./table.js";

interface Line {
  readonly revision: RevisionView;
  readonly because?: KeptReason;
}

/** What pruning did or would do, a line a revision. */
export function pruneLines(
  { pruned, kept, isDryRun }: PruneResult,
  { output, nowMs }: { output: Output; nowMs: number },
): string[] {
  const { style } = output;
  const newestFirst = (left: Line, right: Line): number => right.revision.deployedAtMs - left.revision.deployedAtMs;
  const lines: Line[] = [...kept, ...pruned.map((revision) => ({ revision }))].toSorted(newestFirst);
  const gone = isDryRun ? "would be pruned" : "pruned";
  const columns: Column<Line>[] = [
    { title: "REVISION", cell: ({ revision }) => revision.id },
    { title: "VERSION", cell: ({ revision }) => revision.version },
    { title: "FATE", cell: ({ because }) => (because === undefined ? style.red(gone) : fates[because]) },
    {
      title: "DEPLOYED",
      cell: ({ revision }) => style.dim(ago(revision.deployedAtMs, nowMs)),
      value: ({ revision }) => instant(revision.deployedAtMs),
    },
  ];
  return output.isTerminal ? tableLines(lines, columns, output) : tabLines(lines, columns);
}

const fates: Readonly<Record<KeptReason, string>> = {
  default: "kept: the default",
  unfinished: "kept: tasks of it are unfinished",
  newest: "kept: among the newest",
};
