/** What this adapter uses of Mocha, from version 9 on. The user's own copy is loaded, so its types are not imported. */
import type { EventEmitter } from "node:events";

export interface MochaError extends Error {
  readonly actual?: unknown;
  readonly expected?: unknown;
  readonly multiple?: readonly MochaError[];
}

export interface MochaTest {
  readonly type: "test" | "hook";
  readonly title: string;
  readonly file?: string;
  readonly duration?: number;
  titlePath(): string[];
  fullTitle(): string;
  /** The first of several tries, when this is a later one. */
  retriedTest?(): MochaTest | undefined;
}

/** Where a suite keeps what `.only` chose. */
export const chosenTests = "_onlyTests";

export interface MochaSuite extends EventEmitter {
  readonly suites: MochaSuite[];
  tests: MochaTest[];
  /** They replace `tests` when the run begins. */
  [chosenTests]?: MochaTest[];
}

export interface MochaRunner extends EventEmitter {
  readonly currentRunnable?: { readonly callback?: (error: Error) => void };
  abort(): void;
}

export interface Mocha {
  readonly suite: MochaSuite;
  files: string[];
  run(done: (failures: number) => void): MochaRunner;
  dispose(): void;
}

interface BaseReporter {
  useColors: boolean;
  showDiff(error: MochaError): boolean;
  generateDiff(actual: string, expected: string): string;
}

export type GlobalFixture = (this: object) => unknown;

/** What `--require` brings, and what the options say. */
export interface MochaOptions extends Readonly<Record<string, unknown>> {
  readonly require?: string | readonly string[];
  readonly file?: readonly string[];
  readonly globalSetup?: readonly GlobalFixture[];
  readonly globalTeardown?: readonly GlobalFixture[];
}

export interface MochaClass {
  new (options: object): Mocha;
  readonly reporters: { readonly Base: BaseReporter };
  readonly utils: { stringify(this: void, value: unknown): string };
}

/** The parts that its command line is made of. */
export interface MochaProgram {
  readonly Mocha: MochaClass;
  loadOptions(this: void, argv: readonly string[]): MochaOptions;
  handleRequires(this: void, requires: readonly string[]): Promise<MochaOptions>;
  requireOrImport(this: void, path: string): Promise<unknown>;
}
