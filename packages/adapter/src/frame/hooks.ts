/** What runs around the program of an adapter: once before its first file, and once after its last one. */
export interface Hooks {
  /** A script for `sh -e`, run in the root of the tree. */
  readonly beforeAll?: string | undefined;
  /** The same; it runs when the executor ends in order. */
  readonly afterAll?: string | undefined;
  /** What each of them may take, in ms. */
  readonly timeoutMs: number;
}

export type HookName = "beforeAll" | "afterAll";
