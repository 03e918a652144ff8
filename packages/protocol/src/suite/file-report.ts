import { Compile, Type } from "../schema/typebox.js";
import { limits } from "../limit.js";
import { Closed, Count, Word } from "../schema/scalar.js";

/** What came of one example: `muted` is one that failed, which does not fail its file. */
export const exampleStatuses = ["passed", "failed", "skipped", "muted"] as const;
export type ExampleStatus = (typeof exampleStatuses)[number];

/** Where the results of a command come from. */
export const resultForms = ["exit-code", "junit", "tap"] as const;
export type ResultForm = (typeof resultForms)[number];

/** A command that runs one file, for frameworks without an adapter. */
export const FileCommand = Closed({
  line: Type.String({
    minLength: 1,
    maxLength: 65_536,
    description: "a line for the shell, run in the root of the tree",
  }),
  results: Type.Optional(
    Closed({
      form: Word(resultForms),
      path: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 4_096,
          description: "junit: the file that the command writes, from the root; default: what CAPSTAN_RESULTS names",
        }),
      ),
    }),
  ),
});
export type FileCommand = Type.Static<typeof FileCommand>;

const exampleIds = (description: string) =>
  Type.Optional(Type.Array(Type.String({ maxLength: 4_096 }), { maxItems: 10_000, description }));

/**
 * A part of a file that is split: every example is in one part of it, also one that nobody knew of when it was split.
 * Examples whose ids differ in a number behind ` #` alone have one name, and are in the same part.
 */
export const FilePart = Closed({
  number: Type.Integer({ minimum: 1 }),
  of: Type.Integer({ minimum: 2, maximum: limits.filePartsMax }),
  only: exampleIds("the examples of this part; in all parts but one"),
  except: exampleIds("the examples of the other parts: this one has all others"),
});
export type FilePart = Type.Static<typeof FilePart>;

/** The input of a trial that runs one file of a suite. */
export const FileInput = Closed({
  file: Type.String({ minLength: 1, maxLength: 4_096, description: "path from the root of the tree" }),
  root: Type.Optional(
    Type.String({ maxLength: 4_096, description: "absolute path of the tree; default: the workspace of the trial" }),
  ),
  examples: Type.Optional(
    Type.Array(Type.String({ maxLength: 4_096 }), {
      description: "ids of the examples to run; default: all",
      maxItems: 10_000,
    }),
  ),
  muted: Type.Optional(
    Type.Array(Type.String({ maxLength: limits.mutedExampleCharactersMax }), {
      description: "names or ids of examples that run and are reported, but do not fail the file",
      maxItems: limits.mutedMax,
    }),
  ),
  part: Type.Optional(FilePart),
  command: Type.Optional(FileCommand),
});
export type FileInput = Type.Static<typeof FileInput>;

/** One example of a test file, as its framework told of it. */
export const Example = Closed({
  id: Type.String({ maxLength: 4_096, description: "what the framework takes to run this example alone" }),
  name: Type.String({ maxLength: 4_096, description: "with the names of its groups, outermost first" }),
  status: Word(exampleStatuses),
  durationMs: Type.Number({ minimum: 0 }),
  message: Type.Optional(Type.String({ maxLength: 65_536, description: "why it failed, or why it was skipped" })),
  file: Type.Optional(Type.String({ maxLength: 4_096, description: "path from the root of the tree" })),
  line: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type Example = Type.Static<typeof Example>;

/**
 * The output of a trial that runs one file: every example once. The trial is `failed` when one of them failed or the file
 * could not be loaded, `skipped` when none passed and none failed, else `succeeded`. Muted ones count as skipped.
 */
export const FileReport = Closed({
  examples: Type.Array(Example, { maxItems: 100_000 }),
  /** Time in which the framework ran them, its loading included. */
  durationMs: Type.Number({ minimum: 0 }),
  loadMs: Type.Optional(
    Type.Number({
      minimum: 0,
      description: "of durationMs, what the framework took to load, which it is for many files",
    }),
  ),
  isIndivisible: Type.Optional(
    Type.Boolean({ description: "some examples came up while others ran, so that no part could be said to have them" }),
  ),
});
export type FileReport = Type.Static<typeof FileReport>;

const validator = Compile(FileReport);

/** The examples that an output tells of; none when it is no report of a file, whatever a worker sent in its place. */
export function readExamples(output: unknown): readonly Example[] {
  return readFileReport(output)?.examples ?? [];
}

/** An output as the report of a file; undefined when it is none. */
export function readFileReport(output: unknown): FileReport | undefined {
  return validator.Check(output) ? output : undefined;
}

const inputValidator = Compile(FileInput);

/** The input of a task as that of a file; undefined when it is none. */
export function readFileInput(input: unknown): FileInput | undefined {
  return inputValidator.Check(input) ? input : undefined;
}

/** The counts of a trial that runs one file; those that are muted count as skipped. */
export const ExampleCounts = Closed({ passed: Count, failed: Count, skipped: Count });
export type ExampleCounts = Type.Static<typeof ExampleCounts>;
