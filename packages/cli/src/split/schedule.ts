/** How long tasks of these lengths take on so many slots when the longest starts first, as the dispatcher starts them. */
export function scheduleMs(lengths: readonly number[], slots: number): number {
  const freeAtMs = Array.from({ length: slots }, () => 0);
  for (const length of lengths.toSorted((left, right) => right - left)) {
    let first = 0;
    for (let slot = 1; slot < slots; slot += 1) if (freeAtMs[slot]! < freeAtMs[first]!) first = slot;
    freeAtMs[first]! += length;
  }
  return Math.max(0, ...freeAtMs);
}
