import {
  CapstanError,
  Manifest,
  makeCheck,
  type BundleFile,
  type Check,
  type Definition,
  type JsonSchema,
  type Runtime,
} from "@capstan/protocol";
import type Type from "typebox";
import { checkJsonSchema } from "../schema/check-json-schema.js";
import { jsonSchemaOf, type SchemaSide } from "../schema/json-schema-of.js";
import type { TaskDefinition } from "../task/task-definition.js";
import type { Plugin } from "./define-plugin.js";

/** The bundle that the plugin's code comes in. */
export interface BundleFacts {
  /** Default: `node`. */
  readonly runtime?: Runtime;
  /** The module to load, a path within the bundle. */
  readonly entry?: string;
  readonly files: readonly BundleFile[];
  /** Used where the plugin itself states no version; `0.0.0` where neither does. */
  readonly version?: string;
}

const checkManifest = makeCheck(Manifest, "the manifest", "invalid-manifest");

/**
 * The manifest of a plugin in its bundle: what is published, and what its digest is made from.
 * @throws CapstanError `invalid-manifest` when a schema has no JSON form, an example does not fit its schema, a policy
 * is wrong, or the entry is not among the files.
 */
export function describePlugin(plugin: Plugin, bundle: BundleFacts): Manifest {
  const { entry, files, runtime = "node" } = bundle;
  if (entry !== undefined && !files.some((file) => file.path === entry)) {
    throw new CapstanError("invalid-manifest", `the entry ${entry} is not among the files of the bundle: add it`);
  }
  const manifest = {
    manifestVersion: 1,
    plugin: plugin.name,
    version: plugin.version ?? bundle.version ?? "0.0.0",
    description: plugin.description,
    runtime,
    entry,
    files,
    definitions: Object.values(plugin.definitions).map((task) => describeTask(plugin, task)),
  };
  // Through JSON: fields that are undefined are no fields, and what is checked is what is sent.
  return checkManifest(JSON.parse(JSON.stringify(manifest)));
}

function describeTask(plugin: Plugin, task: TaskDefinition): Definition {
  const { name, description, properties, examples, policy } = task;
  const input = describeSide(plugin, task, "input");
  const output = describeSide(plugin, task, "output");
  const fits = { input: compile(input, "input", task), output: compile(output, "output", task) };
  for (const example of examples ?? []) {
    fits.input?.(example.input);
    if (example.output !== undefined) fits.output?.(example.output);
  }
  return { name, description, properties, input, output, examples, policy } as Definition;
}

function describeSide(plugin: Plugin, task: TaskDefinition, side: SchemaSide): JsonSchema | undefined {
  const schema = task[side];
  if (schema === undefined) return undefined;
  const what = `the ${side} schema of ${plugin.name}/${task.name}`;
  const document = jsonSchemaOf(schema, { side, what, converter: plugin.toJsonSchema });
  checkJsonSchema(document, what);
  return document;
}

function compile(schema: JsonSchema | undefined, side: SchemaSide, task: TaskDefinition): Check<unknown> | undefined {
  if (schema === undefined) return undefined;
  try {
    return makeCheck(schema as Type.TSchema, `the ${side} of an example of ${task.name}`, "invalid-manifest");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CapstanError("invalid-manifest", `the ${side} schema of ${task.name} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}
