/** A promise that a test opens itself, to hold something at a known point. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  readonly isOpen: boolean;
  open(value: T): void;
  /** Makes those who wait fail. */
  fail(error: Error): void;
}

export function makeGate<T = void>(): Gate<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  let isOpen = false;
  const opened = new Promise<T>((onOpen, onFail) => {
    resolve = onOpen;
    reject = onFail;
  });
  // A gate that nobody waits at may fail without being an unhandled rejection.
  opened.catch(() => {});
  return {
    opened,
    get isOpen() {
      return isOpen;
    },
    open(value) {
      isOpen = true;
      resolve(value);
    },
    fail: (error) => reject(error),
  };
}
