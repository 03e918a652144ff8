import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Adapter } from "@capstan/adapter";
import type { Capstan } from "@capstan/client";
import {
  canonicalJson,
  FileInput,
  FileReport,
  FileSequence,
  type BundleFile,
  type Definition,
  type JsonSchema,
  type Manifest,
  type RevisionView,
} from "@capstan/protocol";
import { bundleFiles } from "../deploy/bundle-file.js";
import type { ExtraFile } from "../deploy/extra-file.js";

/** The definition of a plugin that is an adapter. */
export const fileDefinition = "file";
/** That of an adapter whose executors run one trial each: files one after another. */
export const sequenceDefinition = "sequence";

const definitions = {
  [fileDefinition]: {
    name: fileDefinition,
    description: "Runs one test file, or some of its examples",
    input: schemaOf(FileInput),
    output: schemaOf(FileReport),
  },
  [sequenceDefinition]: {
    name: sequenceDefinition,
    description: "Runs test files one after another in an executor of their own, and tells of the last",
    input: schemaOf(FileSequence),
    output: schemaOf(FileReport),
    policy: { executorTrialsMax: 1 },
  },
} as const;

/**
 * Deploys the program of an adapter as a revision of the plugin that has its name; one that is there is taken as it is. One
 * that belongs to a suite does not become the plugin's default.
 */
export async function deployAdapter(
  client: Capstan,
  adapter: Adapter,
  definition: keyof typeof definitions = fileDefinition,
): Promise<RevisionView> {
  const files = new Map<string, ExtraFile>();
  for (const { path, source } of adapter.files) files.set(path, { bytes: await readFile(source), isExecutable: false });
  const manifest = manifestOf(adapter, bundleFiles(files), definitions[definition]);
  return client.plugins.deploy(manifest, async (path) => files.get(path)!.bytes, { isDefault: adapter.isOwn !== true });
}

function manifestOf({ name, title, command }: Adapter, files: BundleFile[], definition: Definition): Manifest {
  const manifest: Manifest = {
    manifestVersion: 1,
    plugin: name,
    version: "1",
    description: `Runs test files with ${title}, one after another in a process that stays up`,
    runtime: "command",
    command: [...command],
    files,
    definitions: [definition],
  };
  return { ...manifest, version: versionOf(manifest) };
}

/** The same program with the same input, output and hooks is the same version, whatever release it came with. */
function versionOf(manifest: Manifest): string {
  const digest = createHash("sha256").update(canonicalJson(manifest)).digest("hex");
  return digest.slice(0, 12);
}

/** Without what only the validator needs. */
function schemaOf(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
