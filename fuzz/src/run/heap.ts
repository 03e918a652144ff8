/** What lives after a full collection, in bytes; undefined unless Node runs with `--expose-gc`. */
export function heapBytes(): number | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  // What the first collection finalises, the second frees.
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
