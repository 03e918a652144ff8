import { Type } from "../schema/typebox.js";
import { limits } from "../limit.js";
import { Policy } from "../schema/policy.js";
import { Bytes, Closed, Digest, Name, Word } from "../schema/scalar.js";
import { runtimes } from "../status/status.js";

/** A JSON Schema document; its own form is checked when the validator is compiled. */
export const JsonSchema = Type.Union([Type.Boolean(), Type.Record(Type.String(), Type.Unknown())]);
export type JsonSchema = Type.Static<typeof JsonSchema>;

/** One definition of a revision, as published. */
export const Definition = Closed({
  name: Name,
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  properties: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.Unknown())),
  input: Type.Optional(JsonSchema),
  output: Type.Optional(JsonSchema),
  examples: Type.Optional(
    Type.Array(Closed({ input: Type.Unknown(), output: Type.Optional(Type.Unknown()) }), { maxItems: 100 }),
  ),
  policy: Type.Optional(Policy),
});
export type Definition = Type.Static<typeof Definition>;

/** One file of a bundle: its bytes are a blob of that digest. */
export const BundleFile = Closed({
  path: Type.String({ minLength: 1, maxLength: 1_024 }),
  digest: Digest,
  bytes: Bytes,
  isExecutable: Type.Optional(Type.Boolean()),
});
export type BundleFile = Type.Static<typeof BundleFile>;

/** What a revision is: its content digest is the SHA-256 of this document in canonical JSON. */
export const Manifest = Closed({
  manifestVersion: Type.Literal(1),
  plugin: Name,
  version: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.Optional(Type.String({ maxLength: 10_000 })),
  runtime: Word(runtimes),
  /** The module to load (node), a path within the bundle. */
  entry: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
  /** The program of a persistent command executor and its arguments; paths are relative to the bundle. */
  command: Type.Optional(Type.Array(Type.String({ maxLength: 4_096 }), { minItems: 1, maxItems: 200 })),
  files: Type.Array(BundleFile, { maxItems: limits.bundleFilesMax }),
  definitions: Type.Array(Definition, { minItems: 1, maxItems: limits.definitionsMax }),
});
export type Manifest = Type.Static<typeof Manifest>;

/** JSON with sorted keys and no spaces: the same document always gives the same text, so the same digest. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** The revision id of a manifest's digest (`sha256:…`): `rev_` and its first 130 bits in base32. */
export function revisionIdOf(digest: string): string {
  const bits = BigInt(`0x${digest.slice("sha256:".length)}`) >> BigInt(256 - 130);
  let body = "";
  for (let shift = 125n; shift >= 0n; shift -= 5n) body += alphabet[Number((bits >> shift) & 31n)];
  return `rev_${body}`;
}

/** The plugin that every store has: its definition `command/run` runs one command in a process group. */
export const commandPlugin: Manifest = {
  manifestVersion: 1,
  plugin: "command",
  version: "1",
  description: "Runs one command a task",
  runtime: "command",
  files: [],
  definitions: [
    {
      name: "run",
      description: "Runs a command; its exit code decides: 0 succeeded, anything else failed",
      input: {
        type: "object",
        additionalProperties: false,
        required: ["command"],
        properties: {
          command: {
            anyOf: [
              { type: "string", minLength: 1, description: "a line for sh -c" },
              { type: "array", minItems: 1, items: { type: "string" }, description: "a program and its arguments" },
            ],
          },
          cwd: { type: "string" },
          env: { type: "object", additionalProperties: { type: "string" } },
          stdin: { type: "string" },
          setup: {
            type: "string",
            description: "a script for sh -e, run once a worker and taskset before the first command",
          },
        },
      },
      output: { type: "object", properties: { exitCode: { type: "integer" } } },
      examples: [{ input: { command: ["echo", "hello"] }, output: { exitCode: 0 } }],
    },
  ],
};
