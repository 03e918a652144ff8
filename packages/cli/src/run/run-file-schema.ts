import type { Profile } from "@capstan/protocol";

/** A command in a file: a line for the shell, or a list of a program and its arguments. */
export type FileCommand = string | readonly string[];

interface Shared {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A duration such as 30s. */
  readonly timeout?: string;
  readonly maxTrials?: number;
  readonly priority?: number;
  readonly labels?: readonly string[];
  readonly safeToRerun?: boolean;
}

/** One task of a file. */
export interface FileTask extends Shared {
  readonly key?: string;
  readonly command: FileCommand;
  readonly stdin?: string;
}

/** A taskset of commands as a JSON or YAML file describes it. */
export interface RunFile extends Shared {
  readonly name?: string;
  readonly class?: string;
  readonly profile?: Profile;
  readonly setup?: string;
  readonly jobs?: number;
  readonly maxFailures?: number;
  readonly maxRetries?: number;
  readonly maxRetryShare?: number;
  /** With `each`: the command that each item is put into. */
  readonly command?: FileCommand;
  readonly each?: readonly string[];
  readonly tasks?: readonly (FileTask | FileCommand)[];
}

const text = { type: "string", minLength: 1, maxLength: 65_536 };
const command = { anyOf: [text, { type: "array", items: { type: "string" }, minItems: 1, maxItems: 10_000 }] };
const count = { type: "integer", minimum: 1, maximum: 1_000_000 };
const name = { type: "string", minLength: 1, maxLength: 200, pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$" };

const shared = {
  cwd: text,
  env: { type: "object", additionalProperties: { type: "string" } },
  timeout: text,
  maxTrials: { type: "integer", minimum: 1, maximum: 1_000 },
  priority: { type: "integer", minimum: 0, maximum: 9 },
  labels: { type: "array", items: text, maxItems: 64 },
  safeToRerun: { type: "boolean" },
};

const task = {
  type: "object",
  additionalProperties: false,
  required: ["command"],
  properties: { ...shared, key: { type: "string", minLength: 1, maxLength: 512 }, command, stdin: { type: "string" } },
};

/** The form of the file once short tasks are written out as objects. */
export const runFileSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...shared,
    name,
    class: name,
    profile: { enum: ["job", "test"] },
    setup: text,
    jobs: count,
    maxFailures: count,
    maxRetries: { type: "integer", minimum: 0, maximum: 1_000_000_000 },
    maxRetryShare: { type: "number", minimum: 0, maximum: 1_000 },
    command,
    each: { type: "array", items: text, minItems: 1 },
    tasks: { type: "array", items: task, minItems: 1 },
  },
};
