/** Lines one by one, from an iterable of either kind. */
export interface LineSource {
  next(): Promise<IteratorResult<string, unknown>> | IteratorResult<string, unknown>;
  /** Lets a generator clean up when not all of it is wanted. */
  stop(): Promise<void>;
}

export function lineSource<T>(
  list: Iterable<T> | AsyncIterable<T>,
  toLine: (item: T, index: number) => string,
): LineSource {
  const iterator = Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]();
  let index = 0;
  const convert = (result: IteratorResult<T, unknown>): IteratorResult<string, unknown> =>
    result.done === true ? result : { done: false, value: toLine(result.value, index++) };
  return {
    next() {
      const result = iterator.next();
      return result instanceof Promise ? result.then(convert) : convert(result as IteratorResult<T, unknown>);
    },
    stop: async () => void (await iterator.return?.()),
  };
}

/** Whether a list can be read a second time: an array can, a generator cannot. */
export function canRestart(list: Iterable<unknown> | AsyncIterable<unknown>): boolean {
  if (Symbol.asyncIterator in list) return list[Symbol.asyncIterator]() !== (list as unknown);
  return list[Symbol.iterator]() !== (list as unknown);
}
