/** What a runner says of one example; a name that is empty stands for what failed in the file outside of its examples. */
export interface Verdict {
  /** Path from the root of the tree, with slashes. */
  readonly file: string;
  readonly name: string;
  readonly status: Status;
}

export type Status = "passed" | "failed" | "skipped";

export type Counts = Readonly<Record<Status, number>>;

/** An example of which the two say something different; a side that is left out does not know it. */
export interface Difference {
  readonly file: string;
  readonly name: string;
  readonly own?: Status;
  readonly capstan?: Status;
}

export function countVerdicts(verdicts: readonly Verdict[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, status } of verdicts) if (name !== "") counts[status] += 1;
  return counts;
}

/** Every difference between two sets of verdicts. Of several examples with one name, as many must have each status. */
export function compareVerdicts(own: readonly Verdict[], capstan: readonly Verdict[]): Difference[] {
  const [left, right] = [byExample(own), byExample(capstan)];
  return [...new Set([...left.keys(), ...right.keys()])].toSorted().flatMap((key) => {
    const [ours, theirs] = [left.get(key) ?? [], right.get(key) ?? []];
    const [onlyOwn, onlyCapstan] = [without(ours, theirs), without(theirs, ours)];
    const { file, name } = (ours[0] ?? theirs[0])!;
    return Array.from({ length: Math.max(onlyOwn.length, onlyCapstan.length) }, (_, at) => ({
      file,
      name,
      ...(onlyOwn[at] !== undefined && { own: onlyOwn[at] }),
      ...(onlyCapstan[at] !== undefined && { capstan: onlyCapstan[at] }),
    }));
  });
}

/** A file whose examples say why it failed needs no verdict of its own: the reports of some runners leave it out, and some do not. */
function byExample(verdicts: readonly Verdict[]): Map<string, Verdict[]> {
  const told = new Set(
    verdicts.flatMap(({ file, name, status }) => (name !== "" && status === "failed" ? [file] : [])),
  );
  const found = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    if (verdict.name === "" && (verdict.status !== "failed" || told.has(verdict.file))) continue;
    const key = JSON.stringify([verdict.file, comparable(verdict.name)]);
    found.set(key, [...(found.get(key) ?? []), verdict]);
  }
  return found;
}

/**
 * Runners put the names of groups before that of the example with a space, a sign or nothing between, XML keeps no control
 * characters, and the address of an object is another one in each process.
 */
function comparable(name: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return name.replaceAll(/#x[\dA-F]{2}|\b0x[\da-f]+|[\s>\p{Cc}\p{Cs}\uFFFD-\uFFFF]/gu, "");
}

function without(these: readonly Verdict[], those: readonly Verdict[]): Status[] {
  const left = those.map(({ status }) => status);
  return these.flatMap(({ status }) => {
    const at = left.indexOf(status);
    if (at < 0) return [status];
    left.splice(at, 1);
    return [];
  });
}
