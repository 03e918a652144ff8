import type { MutedView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { mutedTestText } from "../suite/muted-test.js";
import { oneLine } from "./control.js";
import { ago, instant } from "./quantity.js";
import type { Column } from "./table.js";

/** Muted tests, for `muted`; the first column is as `unmute` takes it. */
export function mutedColumns({ style }: Pick<Output, "style">, nowMs: number): Column<MutedView>[] {
  return [
    { title: "TEST", cell: (view) => oneLine(mutedTestText(view)), isElastic: true },
    { title: "CLASS", cell: (view) => style.dim(view.class), value: (view) => view.class },
    { title: "SINCE", cell: ({ atMs }) => ago(atMs, nowMs), value: ({ atMs }) => instant(atMs) },
    {
      title: "UNTIL",
      cell: ({ expiresAtMs }) => (expiresAtMs === undefined ? "" : ago(expiresAtMs, nowMs)),
      value: ({ expiresAtMs }) => (expiresAtMs === undefined ? "" : instant(expiresAtMs)),
    },
    { title: "BY", cell: ({ by = "" }) => oneLine(by) },
    { title: "REASON", cell: ({ reason = "" }) => oneLine(reason), isElastic: true },
  ];
}

/** What became of a test that was muted. */
export function mutedLine(view: MutedView): string {
  const until = view.expiresAtMs === undefined ? "" : `, unmuted ${ago(view.expiresAtMs, view.atMs)}`;
  const why = view.reason === undefined ? "" : `: ${oneLine(view.reason)}`;
  return `${oneLine(mutedTestText(view))} is muted in ${view.class}${until}${why}`;
}
