import type { FileCommand, FilePart } from "@capstan/protocol";
import type { FileOutcome } from "./outcome.js";

/** One file to run. */
export interface FileRun {
  /** Absolute path of the file. */
  readonly path: string;
  /** Ids of the examples to run; undefined means all. */
  readonly examples: ReadonlySet<string> | undefined;
  /** The part of the file that is to run; undefined means the whole. */
  readonly part?: FilePart | undefined;
  /** What runs the file, where that is no framework. */
  readonly command?: FileCommand | undefined;
  /** Fires when the trial has to end soon. */
  readonly signal: AbortSignal;
}

/** A loaded framework, bound to the root of one tree, that runs file after file. */
export interface FileRunner {
  run(file: FileRun): Promise<FileOutcome>;
  /** Ends what the framework keeps running between files. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** No file sees what another one has left. */
  readonly isolates: boolean;
}

/** Loads a framework from the tree at `root`, which is the working directory by then. */
export type LoadRunner = (root: string, options: RunnerOptions) => Promise<FileRunner>;
