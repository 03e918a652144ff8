import type { Finding } from "./finding.js";
import type { SourceTree } from "./source-tree.js";

/** One thing that must hold everywhere in the repository. */
export interface Rule {
  /** Kebab-case, the name of the rule's file. */
  readonly name: string;
  /** What holds, as one sentence: the name of its test. */
  readonly promise: string;
  readonly check: (tree: SourceTree) => readonly Finding[];
}
