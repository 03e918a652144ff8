import { inputKinds, type InputKind, type Target } from "../target/target.js";
import { countByKind } from "../run/campaign.js";
import type { Failure } from "../run/failure.js";
import type { Results } from "../run/results.js";

const plurals: Readonly<Record<InputKind, string>> = {
  frame: "frames",
  body: "bodies",
  text: "texts",
  sequence: "sequences",
  request: "requests",
};
const headings = ["target", "kind", "inputs", "per second", "reached", "corpus", "heap MiB", "broken"];

/** A table of what was done: a line a target, and the sums. */
export function table(targets: readonly Target[], results: Results): string {
  const rows = targets.map(({ name, kind }) => {
    const result = results.targets[name];
    if (result === undefined) return [name, kind, "0", "", "", "", "", ""];
    const { cases, ms, reached, corpus, heapBytes, failures, problems } = result;
    const heap = heapBytes === undefined ? "" : `${mebibytes(heapBytes.before)} → ${mebibytes(heapBytes.after)}`;
    const perSecond = String(Math.round((cases * 1_000) / Math.max(1, ms)));
    const isGrown = reached > 0;
    return [
      name,
      kind,
      String(cases),
      perSecond,
      isGrown ? String(reached) : "",
      isGrown ? String(corpus) : "",
      heap,
      String(failures.length + problems.length),
    ];
  });
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join("  ")
      .trimEnd();
  return [line(headings), ...rows.map(line), "", sums(targets, results)].join("\n");
}

/** One line: how much of what there was. */
export function sums(targets: readonly Target[], results: Results): string {
  const counts = countByKind(targets, results);
  const told = inputKinds.flatMap((kind) => (counts[kind] === 0 ? [] : [`${counts[kind]} ${plurals[kind]}`]));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${total} inputs${told.length === 0 ? "" : `: ${told.join(", ")}`}; ${brokenCount(results)} broken`;
}

export function brokenCount({ targets }: Results): number {
  return Object.values(targets).reduce((sum, { failures, problems }) => sum + failures.length + problems.length, 0);
}

/** What is printed of a failure: what broke, with which input, and how to see it again. */
export function describeFailure({ target, seed, page, message, stack, input }: Failure): string {
  const shown = JSON.stringify(input.length <= 400 ? input : `${input.slice(0, 400)}…`);
  return [
    `${target} breaks (seed ${seed}, page ${page}): ${message}`,
    `  input of ${input.length} bytes: ${shown}`,
    stack,
    `  again: npx vitest run fuzz/dist/corpus, or npm run fuzz -- --target ${target} --seed ${seed}`,
  ].join("\n");
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
