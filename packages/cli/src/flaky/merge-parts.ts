import { fileOfKey, limits, type FlakyView } from "@capstan/protocol";

/** What was flaky, in the order of class and key, with all parts of a file that was split told as that file. */
export async function* mergeParts(views: AsyncIterable<FlakyView>): AsyncGenerator<FlakyView, void, undefined> {
  let merged: FlakyView | undefined;
  for await (const view of views) {
    const whole = { ...view, key: fileOfKey(view.key) };
    if (merged === undefined) merged = whole;
    else if (merged.class === whole.class && merged.key === whole.key) merged = mergeTwo(merged, whole);
    else {
      yield merged;
      merged = whole;
    }
  }
  if (merged !== undefined) yield merged;
}

function mergeTwo(left: FlakyView, right: FlakyView): FlakyView {
  return {
    ...left,
    count: left.count + right.count,
    passes: left.passes + right.passes,
    sinceMs: Math.min(left.sinceMs, right.sinceMs),
    lastAtMs: Math.max(left.lastAtMs, right.lastAtMs),
    examples: mergeExamples(left.examples, right.examples),
    ...(left.verdicts !== undefined && {
      verdicts: [...left.verdicts, ...(right.verdicts ?? [])].toSorted((a, b) => b.atMs - a.atMs),
    }),
  };
}

/** The most frequent first. */
function mergeExamples(left: FlakyView["examples"], right: FlakyView["examples"]): FlakyView["examples"] {
  const byId = new Map(left.map((example) => [example.id, example]));
  for (const example of right) {
    const known = byId.get(example.id);
    byId.set(example.id, known === undefined ? example : { ...known, count: known.count + example.count });
  }
  return [...byId.values()].toSorted((a, b) => b.count - a.count).slice(0, limits.flakyExamplesMax);
}
