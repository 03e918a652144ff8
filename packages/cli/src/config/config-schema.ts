import { variableName } from "../option/env.js";
import type { Config, HooksConfig, ReportsConfig, SuiteConfig, WorkspaceConfig } from "./config.js";

type Schema = Readonly<Record<string, unknown>>;
/** A schema for each field of what it describes, and for none that is not there. */
type Fields<T> = { readonly [K in keyof Required<T>]: Schema };

const text = (description: string): Schema => ({ type: "string", minLength: 1, maxLength: 4_096, description });
const script = (description: string): Schema => ({ type: "string", minLength: 1, maxLength: 65_536, description });
const texts = (description: string, maxItems: number): Schema => ({
  type: "array",
  items: { type: "string", minLength: 1, maxLength: 4_096 },
  minItems: 1,
  maxItems,
  description,
});
const count = (description: string, maximum = 1_000_000): Schema => ({
  type: "integer",
  minimum: 1,
  maximum,
  description,
});
const flag = (description: string): Schema => ({ type: "boolean", description });
const name = (description: string): Schema => ({
  type: "string",
  minLength: 1,
  maxLength: 200,
  pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
  description,
});

function closed<T>(properties: Fields<T>, description: string): Schema {
  return { type: "object", additionalProperties: false, properties, description };
}

const reports = closed<ReportsConfig>(
  { json: text("The report as JSON"), junit: text("The report as JUnit XML"), html: text("The report as one page") },
  "Files that reports are written to",
);

const workspace = closed<WorkspaceConfig>(
  {
    include: texts("Globs: only what fits is sent (default: what git tracks or does not ignore, elsewhere all)", 1_000),
    exclude: texts("Globs: what fits is not sent", 1_000),
    setup: script("A script that runs once on each worker before the first file"),
    setupTimeout: text("Time limit of the setup, such as 90s (default: 10m)"),
    cleanUp: script("A script that runs once on each worker after the last file"),
    strict: flag("Fails the suite when one worker does not get ready, not only when none does"),
  },
  "Sends the tree along: each worker gets a copy, and sets it up",
);

const env: Schema = {
  type: "object",
  propertyNames: { pattern: variableName.source, maxLength: 200 },
  additionalProperties: { type: "string", maxLength: 3_700 },
  maxProperties: 100,
  description: "Variables of all files, kept with the revision that runs them: no secrets",
};

const hooks: Schema = {
  ...closed<HooksConfig>(
    {
      beforeAll: text("Before its first file"),
      afterAll: text("After its last file, when it ends in order"),
      timeout: text("Time limit of each of the two, such as 90s, at most 4m (default: 60s)"),
    },
    "Scripts for the shell that run once in each executor, in the tree",
  ),
  anyOf: [{ required: ["beforeAll"] }, { required: ["afterAll"] }],
};

/** A new field is a line here, one in `SuiteConfig`, and one in `suite/config-options.ts`. */
const suiteFields: Fields<SuiteConfig> = {
  adapter: text("The test framework (default: the one that the folder is set up for)"),
  command: script("Instead of a framework: a line for the shell that runs one file, which {} stands for"),
  results: text("Where the results of the command come from: exit-code (the default), tap or junit[:<path>]"),
  files: texts("Test files, or patterns of them, from the root (default: those of the framework)", 10_000),
  root: text("The tree that the files are in (default: the folder of this file)"),
  jobs: count("At most so many files at once"),
  timeout: text("Time limit of each file, such as 90s or 5m (default: from what is learnt of it)"),
  memory: count("Memory limit of each file, in MiB, what its slot has loaded included"),
  maxTrials: count("Trials of a file that fails", 1_000),
  maxFailures: count("Failed files after which the rest is cancelled"),
  maxRetries: { ...count("Retries of all files together; then what fails is final"), minimum: 0 },
  maxRetryShare: text("The same as a share of all, such as 5%"),
  mute: texts("Files, or FILE::EXAMPLE, that run and are reported, but do not fail the suite", 10_000),
  mutedFrom: text("A file with one of them a line; after # and a space it may say why"),
  unmuted: flag("Leaves the list of muted tests aside that the engine keeps for the class"),
  split: flag("Splits a file that takes longer than an even share of the slots into its examples (default: false)"),
  isolate: flag("Gives every file a process or state of its own (default: true)"),
  name: name("Name of the taskset; only one of a name is active at a time"),
  replace: flag("Cancels the active taskset of that name first, and waits for its end"),
  class: name("Class under which durations are learnt (default: its name, or that of the suite or the framework)"),
  workspace,
  hooks,
  env,
  labels: texts("Only on workers that have all of these labels", 64),
  reports,
  local: flag("Always with an engine and a worker of its own"),
  orLocal: flag("The same when no engine can be reached"),
};

const suites: Schema = {
  type: "object",
  propertyNames: { pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$", maxLength: 200 },
  additionalProperties: closed<SuiteConfig>(suiteFields, "A suite: what it says comes before what is said for all"),
  maxProperties: 1_000,
  description: "Suites by name, for --suite",
};

/** JSON Schema of `capstan.config.json`, and of what the other forms of it export. */
export const configSchema: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "capstan.config.json",
  ...closed<Config>(
    {
      $schema: text("Where this schema is"),
      test: closed({ ...suiteFields, suites }, "What `capstan test` runs"),
    },
    "Settings of Capstan's command line. Flags come before them",
  ),
};
