import type { MutedTest } from "@capstan/protocol";
import { checkMutedCount } from "../run/check-muted.js";
import { inParts, type SplitPlan } from "../split/split-plan.js";
import { parseMutedTest } from "./muted-test.js";

/** What of a suite's files is muted. */
export interface MutedPlan {
  readonly keys: readonly string[];
  /** Names or ids of muted examples by file. */
  readonly examples: ReadonlyMap<string, readonly string[]>;
  /** Files and examples that are muted, of those that the suite has. */
  readonly count: number;
}

/**
 * What is typed, and what the engine keeps for the class as far as the suite has the file.
 * @throws CapstanError `invalid-config` when it is more than a launch may have.
 */
export function planMuted(
  files: readonly string[],
  {
    typed = [],
    kept = [],
  }: { readonly typed?: readonly string[] | undefined; readonly kept?: readonly MutedTest[] | undefined },
): MutedPlan {
  const known = new Set(files);
  const asked = typed.map((text) => (known.has(text) ? { key: text } : parseMutedTest(text)));
  const keys = new Set<string>();
  const examples = new Map<string, Set<string>>();
  for (const { key, example } of [...asked, ...kept.filter((test) => known.has(test.key))]) {
    if (example === undefined) keys.add(key);
    else examples.set(key, (examples.get(key) ?? new Set()).add(example));
  }
  checkMutedCount(keys.size, "files");
  for (const [file, names] of examples) checkMutedCount(names.size, `examples of ${file}`);
  const own = [...keys].filter((key) => known.has(key)).length;
  const ofFiles = [...examples].filter(([file]) => known.has(file)).reduce((sum, [, names]) => sum + names.size, 0);
  return {
    keys: [...keys],
    examples: new Map([...examples].map(([file, names]) => [file, [...names]])),
    count: own + ofFiles,
  };
}

/** The same by the keys of tasks: a file that is muted, or has examples that are, is so in all of its parts. */
export function mutedInParts({ keys, examples, count }: MutedPlan, splits: SplitPlan | undefined): MutedPlan {
  const ofParts = [...examples].flatMap(([file, names]) => inParts(file, splits).map((key) => [key, names] as const));
  return { keys: keys.flatMap((key) => inParts(key, splits)), examples: new Map(ofParts), count };
}
