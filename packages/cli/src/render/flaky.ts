import type { FlakyVerdict, FlakyView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { mutedTestText } from "../suite/muted-test.js";
import { ago, instant } from "./quantity.js";
import type { Column } from "./table.js";
import { shellQuote } from "./text.js";

/** Whether the engine keeps a task of a class muted, or one of its examples. */
export type IsMuted = (of: string, key: string, example?: string) => boolean;

/** Tasks that were flaky, for `flaky`. */
export function flakyColumns(
  { style }: Pick<Output, "style">,
  { nowMs, isMuted }: { readonly nowMs: number; readonly isMuted: IsMuted },
): Column<FlakyView>[] {
  const mutedText = (name: string, isIt: boolean): string => (isIt ? `${name} (muted)` : name);
  return [
    {
      title: "TASK",
      cell: (view) => mutedText(view.key, isMuted(view.class, view.key)),
      value: ({ key }) => key,
      isElastic: true,
    },
    { title: "CLASS", cell: (view) => style.dim(view.class), value: (view) => view.class },
    {
      title: "FLAKY",
      cell: ({ count, passes }) => `${style.yellow(String(count))} of ${passes}`,
      value: ({ count }) => count,
      isRight: true,
    },
    { title: "SHARE", cell: (view) => share(view), value: ({ passes }) => passes, isRight: true },
    { title: "LAST", cell: ({ lastAtMs }) => ago(lastAtMs, nowMs), value: ({ lastAtMs }) => instant(lastAtMs) },
    {
      title: "EXAMPLES",
      cell: ({ class: of, key, examples }) =>
        examples.map(({ name }) => mutedText(name, isMuted(of, key, name))).join(", "),
      value: (view) => exampleNames(view.examples),
      isElastic: true,
    },
  ];
}

const commandsMax = 3;

/** How to mute what wavers: the examples that are known to, else the whole task. */
export function muteCommands({ class: of, key, examples }: FlakyView, isMuted: IsMuted): string[] {
  if (isMuted(of, key)) return [];
  const names = examples.map(({ name }) => name).filter((name) => !isMuted(of, key, name));
  const tests = examples.length === 0 ? [{ key }] : names.map((example) => ({ key, example }));
  return tests
    .slice(0, commandsMax)
    .map(
      (test) => `capstan mute ${shellQuote(mutedTestText(test))} --class ${shellQuote(of)} --reason flaky --for 14d`,
    );
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
