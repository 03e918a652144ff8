/** Where randomness comes from; seeded in tests and in the simulator. */
export interface Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** Unpredictable bytes, for secrets. */
  bytes(length: number): Uint8Array;
}

interface Platform {
  readonly crypto: { getRandomValues(array: Uint8Array): Uint8Array };
}

/** The random source of the machine. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => (globalThis as unknown as Platform).crypto.getRandomValues(new Uint8Array(length)),
};
