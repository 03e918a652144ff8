/** Lines one by one, from an iterable of either kind. */
export interface LineSource {
  next(): Promise<IteratorResult<string, unknown>> | IteratorResult<string, unknown>;
  /** Lets a generator clean up when not all of it is wanted. What is asked for later is refused: it is no end. */
  stop(): void;
}

export function lineSource<T>(
  list: Iterable<T> | AsyncIterable<T>,
  toLine: (item: T, index: number) => string,
): LineSource {
  const iterator = Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]();
  let index = 0;
  let isStopped = false;
  const convert = (result: IteratorResult<T, unknown>): IteratorResult<string, unknown> =>
    result.done === true ? result : { done: false, value: toLine(result.value, index++) };
  return {
    next() {
      if (isStopped) throw new Error("nothing more is read: the launch is over");
      const result = iterator.next();
      return result instanceof Promise ? result.then(convert) : convert(result as IteratorResult<T, unknown>);
    },
    stop() {
      if (isStopped) return;
      isStopped = true;
      // Nobody waits for the cleaning up of a generator, which may itself be waiting.
      Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

/** Whether a list can be read a second time: an array can, a generator cannot. */
export function canRestart(list: Iterable<unknown> | AsyncIterable<unknown>): boolean {
  if (Symbol.asyncIterator in list) return list[Symbol.asyncIterator]() !== (list as unknown);
  return list[Symbol.iterator]() !== (list as unknown);
}
