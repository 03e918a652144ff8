/** What `capstan.config.ts` says. Flags of the command line come before it. */
export interface Config {
  /** For editors: where the schema of this file is. */
  readonly $schema?: string;
  /** What `capstan test` runs. */
  readonly test?: TestConfig;
}

/** What `capstan test` runs, and the suites that differ from it. */
export interface TestConfig extends SuiteConfig {
  /** Suites by name, for `--suite`: what each says comes before what is said for all. */
  readonly suites?: Readonly<Record<string, SuiteConfig>>;
}

/** One test suite. Paths are taken from the folder of the file. */
export interface SuiteConfig {
  /** The test framework; default: the one that the folder is set up for. */
  readonly adapter?: string;
  /** Instead of a framework: a line for the shell that runs one file, which `{}` stands for. */
  readonly command?: string;
  /** Where the results of the command come from: `exit-code` (the default), `tap` or `junit[:<path>]`. */
  readonly results?: string;
  /** Test files, or patterns of them, from the root; default: those of the framework. */
  readonly files?: readonly string[];
  /** The tree that the files are in; default: the folder of this file. */
  readonly root?: string;
  /** At most so many files at once. */
  readonly jobs?: number;
  /** Time limit of each file, such as 90s or 5m; default: from what is learnt of it. */
  readonly timeout?: string;
  /** Memory limit of each file, in MiB, what its slot has loaded included. */
  readonly memory?: number;
  /** Trials of a file that fails. */
  readonly maxTrials?: number;
  /** Failed files after which the rest is cancelled. */
  readonly maxFailures?: number;
  /** Retries of all files together; then what fails is final. */
  readonly maxRetries?: number;
  /** The same as a share of all, such as 5%. */
  readonly maxRetryShare?: string;
  /** Files, or FILE::EXAMPLE, that run and are reported, but do not fail the suite. */
  readonly mute?: readonly string[];
  /** A file with one of them a line; after # and a space it may say why. */
  readonly mutedFrom?: string;
  /** Leaves the list of muted tests aside that the engine keeps for the class. */
  readonly unmuted?: boolean;
  /** Splits a file that takes longer than an even share of the slots into its examples; default: false. */
  readonly split?: boolean;
  /** Gives every file a process or state of its own; default: true. When false, files of a slot share one process, as far as the framework can. */
  readonly isolate?: boolean;
  /** Name of the taskset; only one of a name is active at a time. */
  readonly name?: string;
  /** Cancels the active taskset of that name first, and waits for its end. */
  readonly replace?: boolean;
  /** Class under which durations are learnt; default: its name, or that of the suite or the framework. */
  readonly class?: string;
  /** Only on workers that have all of these labels. */
  readonly labels?: readonly string[];
  /** Sends the tree along: each worker gets a copy, and sets it up. */
  readonly workspace?: WorkspaceConfig;
  /** What runs around the files of each executor. */
  readonly hooks?: HooksConfig;
  /** Variables of all files, kept with the revision that runs them: no secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that reports are written to. */
  readonly reports?: ReportsConfig;
  /** Always with an engine and a worker of its own. */
  readonly local?: boolean;
  /** The same when no engine can be reached. */
  readonly orLocal?: boolean;
}

/** The copy of the tree that each worker gets. */
export interface WorkspaceConfig {
  /** Globs: only what fits is sent; default: what git tracks or does not ignore, elsewhere all. */
  readonly include?: readonly string[];
  /** Globs: what fits is not sent. */
  readonly exclude?: readonly string[];
  /** A script that runs once on each worker before the first file. */
  readonly setup?: string;
  /** Time limit of the setup, such as 90s; default: 10m. */
  readonly setupTimeout?: string;
  /** A script that runs once on each worker after the last file. */
  readonly cleanUp?: string;
  /** Fails the suite when one worker does not get ready, not only when none does. */
  readonly strict?: boolean;
}

/** Scripts for the shell that run once in each executor, in the tree. */
export interface HooksConfig {
  /** Before its first file. */
  readonly beforeAll?: string;
  /** After its last file, when it ends in order. */
  readonly afterAll?: string;
  /** Time limit of each of the two, such as 90s, at most 4m; default: 60s. */
  readonly timeout?: string;
}

/** Where reports are written, by their form. */
export interface ReportsConfig {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

/** Gives `capstan.config.ts` its types: `export default defineConfig({ test: { jobs: 8 } })`. */
export function defineConfig(config: Config): Config {
  return config;
}
