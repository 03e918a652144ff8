/** What is known of an adapter before it runs: enough to bundle it, to start it, and to see whether a project wants it. */

export const adapterNames = ["vitest", "node-test", "mocha", "pytest", "rspec", "jest"] as const;
export type AdapterName = (typeof adapterNames)[number];
/** The adapter that runs a command for each file, whatever the framework. */
export const commandAdapterName = "file-command";

/** A file of the program of an adapter. */
export interface AdapterFile {
  /** Its path in the bundle, with `/`. */
  readonly path: string;
  /** Where it lies in this installation. */
  readonly source: URL;
}

/** A project as far as it is looked at to recognise its framework. */
export interface Project {
  /** Names of the files at its root. */
  readonly names: readonly string[];
  /** The text of a file at its root. */
  text(name: string): string | undefined;
}

export interface Adapter {
  readonly name: AdapterName | typeof commandAdapterName;
  /** How the framework calls itself. */
  readonly title: string;
  /** All that the program consists of. The framework comes from the user's tree. */
  readonly files: readonly AdapterFile[];
  /** Starts the program in the directory of the bundle, as a persistent executor. */
  readonly command: readonly string[];
  /** Whether it can run a part of a file, so that every example is run by one part, also one that came or went. */
  readonly runsParts: boolean;
  /** Whether it can run file after file in one process, which keeps what each of them leaves. */
  readonly sharesProcess: boolean;
  /** Which files hold examples, as globs from the root of the tree, when the project does not say. */
  readonly patterns: readonly string[];
  /** Whether what belongs to one suite, such as its hooks, is part of it. */
  readonly isOwn?: boolean;
  /** Whether its executors run files one after another as one trial, too. */
  readonly isFramed?: boolean;
  /** Whether the project is set up for this framework. */
  recognises(project: Project): boolean;
}
