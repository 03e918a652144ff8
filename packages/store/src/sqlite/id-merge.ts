interface MergeOptions {
  readonly after: string;
  readonly limit: number;
  /** How many ids one call of `list` gives, unless there are no more. */
  readonly step: number;
}

/**
 * The `limit`-th id after the given one over several sorted lists, or the last one when there are fewer. It reads each
 * list in steps, so that many namespaces do not each read as much as one would.
 */
export function findLast(
  namespaces: readonly string[],
  { after, limit, step }: MergeOptions,
  list: (namespace: string, above: string) => readonly string[],
): string | undefined {
  const ids: string[] = [];
  let open = namespaces.map((namespace) => ({ namespace, above: after }));
  while (open.length > 0) {
    const least = open.reduce((left, right) => (left.above <= right.above ? left : right));
    // Up to here every list has been read.
    const ready = ids.filter((id) => id <= least.above).toSorted();
    if (ready.length >= limit) return ready[limit - 1];
    const found = list(least.namespace, least.above);
    ids.push(...found);
    if (found.length < step) open = open.filter((entry) => entry !== least);
    else least.above = found.at(-1)!;
  }
  return ids.toSorted()[Math.min(limit, ids.length) - 1];
}
