import { CapstanError, type BundleFile } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import Type from "typebox";
import { z } from "zod";
import type { StandardSchema } from "../schema/standard-schema.js";
import { defineTask } from "../task/define-task.js";
import { definePlugin, type PluginOptions, type TaskList } from "./define-plugin.js";
import { describePlugin } from "./describe-plugin.js";
import { findPlugin } from "./find-plugin.js";

const file: BundleFile = { path: "main.js", digest: `sha256:${"0".repeat(64)}`, bytes: 10 };
const bundle = { entry: "main.js", files: [file] };
const run = () => undefined;

function describeTasks(...tasks: TaskList) {
  return describePlugin(definePlugin({ name: "p", tasks }), bundle);
}

function refusal(call: () => unknown): CapstanError {
  try {
    call();
  } catch (error) {
    if (error instanceof CapstanError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("describePlugin", () => {
  test("publishes everything that a definition says, without its code", () => {
    const task = defineTask({
      name: "count",
      description: "Counts lines",
      properties: { team: "text" },
      input: Type.Object({ path: Type.String(), depth: Type.Optional(Type.Integer()) }),
      output: { type: "integer", minimum: 0 },
      examples: [{ input: { path: "a.txt" }, output: 3 }],
      policy: { timeoutMs: 1_000 },
      run: () => 3,
    });
    const plugin = definePlugin({ name: "texts", version: "2.0.0", description: "Texts", tasks: [task] });
    expect(describePlugin(plugin, bundle)).toEqual({
      manifestVersion: 1,
      plugin: "texts",
      version: "2.0.0",
      description: "Texts",
      runtime: "node",
      entry: "main.js",
      files: [file],
      definitions: [
        {
          name: "count",
          description: "Counts lines",
          properties: { team: "text" },
          input: {
            type: "object",
            required: ["path"],
            properties: { path: { type: "string" }, depth: { type: "integer" } },
          },
          output: { type: "integer", minimum: 0 },
          examples: [{ input: { path: "a.txt" }, output: 3 }],
          policy: { timeoutMs: 1_000 },
        },
      ],
    });
  });

  test("tells the two sides of a schema apart: what is passed in, and what comes out", () => {
    const schema = z.object({ width: z.int().default(5) });
    const [definition] = describeTasks(
      defineTask({ name: "t", input: schema, output: schema, run: () => ({}) }),
    ).definitions;
    expect(definition?.input).not.toHaveProperty("required");
    expect(definition?.output).toHaveProperty("required", ["width"]);
  });

  test("takes the version of the bundle where the plugin states none", () => {
    const plugin = definePlugin({ name: "p", tasks: [defineTask({ name: "t", run })] });
    expect(describePlugin(plugin, { ...bundle, version: "3.1.0" }).version).toBe("3.1.0");
    expect(describePlugin(plugin, bundle).version).toBe("0.0.0");
  });

  test.each([
    ["a type that JSON lacks", { input: z.object({ at: z.date() }) }, /has no JSON Schema.*texts in place of dates/s],
    [
      "a misspelt type",
      { input: { properties: { a: { type: "objekt" } } } },
      /\/properties\/a\/type: there is no type/,
    ],
    ["a reference outwards", { output: { items: { $ref: "http://x/y" } } }, /\/items\/\$ref: a reference stays/],
    ["no schema", { input: { anyOf: [5] } }, /\/anyOf\/0: a schema is an object/],
    ["a broken pattern", { input: { type: "string", pattern: "(" } }, /cannot be used: Invalid regular expression/],
    ["an example beside its schema", { input: { type: "string" }, examples: [{ input: 5 }] }, /example of t is wrong/],
    [
      "an example's output",
      { output: { type: "string" }, examples: [{ input: 5, output: 6 }] },
      /output of an example/,
    ],
    ["an unknown policy", { policy: { timeout: 5 } }, /unknown field timeout/],
    ["a wrong policy", { policy: { priority: 10 } }, /at \/definitions\/0\/policy\/priority/],
  ])("refuses: %s", (_, options, message) => {
    const error = refusal(() => describeTasks(defineTask({ name: "t", ...options, run } as never)));
    expect(error.code).toBe("invalid-manifest");
    expect(error.message).toMatch(message);
  });

  test("refuses an entry that is not in the bundle", () => {
    const plugin = definePlugin({ name: "p", tasks: [defineTask({ name: "t", run })] });
    const error = refusal(() => describePlugin(plugin, { entry: "other.js", files: [file] }));
    expect(error.message).toMatch(/other\.js is not among the files/);
  });
});

/** A schema as libraries give it that know the first part of the specification only. */
function schemaOf(vendor: string, more: object = {}): StandardSchema<{ a: number }> {
  return Object.assign(() => undefined, {
    "~standard": { version: 1 as const, vendor, validate: (value: unknown) => ({ value: value as { a: number } }) },
    ...more,
  });
}

describe("schemas of libraries without Standard JSON Schema", () => {
  const describeOne = (input: StandardSchema, options: Partial<PluginOptions<"p", TaskList>> = {}) =>
    describePlugin(definePlugin({ name: "p", tasks: [defineTask({ name: "t", input, run })], ...options }), bundle)
      .definitions[0]?.input;

  test("are asked for it in the way of arktype", () => {
    expect(describeOne(schemaOf("arktype", { toJsonSchema: () => ({ type: "object" }) }))).toEqual({ type: "object" });
  });

  test("are converted by the plugin's converter, which is told the side", () => {
    const toJsonSchema = (_: unknown, side: string) => ({ title: side });
    expect(describeOne(schemaOf("other"), { toJsonSchema })).toEqual({ title: "input" });
  });

  test.each([
    ["valibot", /toStandardJsonSchema of @valibot\/to-json-schema/],
    ["zod", /z\.toJSONSchema/],
    ["other", /Pass `toJsonSchema` to definePlugin/],
  ])("are refused with what to do: %s", (vendor, message) => {
    const error = refusal(() => describeOne(schemaOf(vendor)));
    expect(error.code).toBe("invalid-manifest");
    expect(error.message).toMatch(message);
  });
});

describe("findPlugin", () => {
  const one = definePlugin({ name: "one", tasks: [defineTask({ name: "t", run })] });
  const two = definePlugin({ name: "two", tasks: [defineTask({ name: "t", run })] });

  test("prefers the default export, and takes the only other one", () => {
    expect(findPlugin({ default: one, two }, "a.js")).toBe(one);
    expect(findPlugin({ two, also: two, something: 5 }, "a.js")).toBe(two);
  });

  test("refuses none and several, saying what to export", () => {
    expect(refusal(() => findPlugin({ something: {} }, "a.js")).message).toMatch(/a\.js exports no plugin: export one/);
    expect(refusal(() => findPlugin({ one, two }, "a.js")).message).toMatch(/exports 2 plugins: export one of them as/);
  });
});
