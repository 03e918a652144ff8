import type { CommitBatch, Opening, Store } from "../store.js";
import { launchedAtMs } from "./sample-row.js";

/** The assertions that the suite uses; vitest and jest have them. */
export interface Assertion {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeGreaterThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
  toBeUndefined(): void;
  readonly rejects: { toMatchObject(expected: object): Promise<void> };
}

/** A test runner, as far as the suite needs one. */
export interface ConformanceKit {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>, timeoutMs?: number) => void;
  readonly expect: (actual: unknown) => Assertion;
}

/** A place where one store may live. Each call of `make` gives a new store object on the same place. */
export interface StorePlace {
  make(): Store;
  /** Whether what one store has written is there for the next. */
  readonly isDurable: boolean;
  /** Deletes the place; all its stores are closed. */
  dispose(): Promise<void>;
}

export type MakePlace = () => Promise<StorePlace>;

/** A store that is open, and the fences of all its partitions. */
export interface OpenStore {
  readonly store: Store;
  readonly opening: Opening;
  /** Commits with the fence of partition 7. */
  readonly commit: (batch: Omit<CommitBatch, "fences">) => Promise<void>;
}

export async function openAt(place: StorePlace): Promise<OpenStore> {
  const store = place.make();
  const opening = await store.open(launchedAtMs);
  const fences = [{ partition: 7, epoch: opening.epochs[7]! }];
  return { store, opening, commit: (batch) => store.commit({ fences, ...batch }) };
}

/** Runs a body on a new open store and cleans up after it. */
export async function withStore(makePlace: MakePlace, body: (open: OpenStore) => Promise<void>): Promise<void> {
  const place = await makePlace();
  try {
    const open = await openAt(place);
    try {
      await body(open);
    } finally {
      await open.store.close(true);
    }
  } finally {
    await place.dispose();
  }
}

/** Runs a body on a new place, which may open and close stores there. */
export async function withPlace(makePlace: MakePlace, body: (place: StorePlace) => Promise<void>): Promise<void> {
  const place = await makePlace();
  try {
    await body(place);
  } finally {
    await place.dispose();
  }
}
