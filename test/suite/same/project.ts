import type { FrameworkName } from "./own/registry.js";

/** A suite that somebody else wrote. */
export interface Project {
  readonly name: string;
  readonly framework: FrameworkName;
  readonly source: Source;
  /** Patterns of its test files for both runners (default: each finds them as it does). */
  readonly files?: readonly string[];
  /** What it needs beside what its package.json names under `dependencies`. */
  readonly needs?: Needs;
  /** Written into the tree, or removed from it where there is no text. */
  readonly plant?: Readonly<Record<string, string | undefined>>;
  /** For both runners. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Source =
  | { readonly from: "npm"; readonly package: string }
  | { readonly from: "debian"; readonly package: string }
  | { readonly from: "folder"; readonly path: string };

export interface Needs {
  readonly npm?: readonly string[];
  readonly debian?: readonly string[];
}
