import type { FlakyVerdict, FlakyView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { ago, instant } from "./quantity.js";
import type { Column } from "./table.js";

/** Tasks that were flaky, for `flaky`. */
export function flakyColumns({ style }: Pick<Output, "style">, nowMs: number): Column<FlakyView>[] {
  return [
    { title: "TASK", cell: ({ key }) => key, isElastic: true },
    { title: "CLASS", cell: (view) => style.dim(view.class), value: (view) => view.class },
    {
      title: "FLAKY",
      cell: ({ count, passes }) => `${style.yellow(String(count))} of ${passes}`,
      value: ({ count }) => count,
      isRight: true,
    },
    { title: "SHARE", cell: (view) => share(view), value: ({ passes }) => passes, isRight: true },
    { title: "LAST", cell: ({ lastAtMs }) => ago(lastAtMs, nowMs), value: ({ lastAtMs }) => instant(lastAtMs) },
    { title: "EXAMPLES", cell: (view) => exampleNames(view.examples), isElastic: true },
  ];
}

/** The flaky verdicts of one task, for `flaky <class> <key>`. */
export function flakyVerdictColumns({ style }: Pick<Output, "style">, nowMs: number): Column<FlakyVerdict>[] {
  return [
    { title: "WHEN", cell: ({ atMs }) => ago(atMs, nowMs), value: ({ atMs }) => instant(atMs) },
    { title: "TASKSET", cell: ({ taskset }) => style.dim(taskset), value: ({ taskset }) => taskset },
    { title: "FAILED TRIAL", cell: ({ trial = "" }) => trial },
    { title: "EXAMPLES", cell: ({ examples }) => exampleNames(examples), isElastic: true },
  ];
}

function share({ count, passes }: FlakyView): string {
  return `${Math.round((100 * count) / passes)}%`;
}

function exampleNames(examples: readonly { readonly name: string }[]): string {
  return examples.map(({ name }) => name).join(", ");
}
