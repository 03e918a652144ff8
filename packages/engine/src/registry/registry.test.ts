import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { CapstanError, commandPlugin, type JsonSchema, type Manifest } from "@capstan/protocol";
import { Registry } from "./registry.js";

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const file = (path: string, digit = "a", bytes = 10) => ({ path, digest: digest(digit), bytes });

const images: Manifest = {
  manifestVersion: 1,
  plugin: "images",
  version: "1.0.0",
  runtime: "node",
  entry: "main.js",
  files: [file("main.js")],
  definitions: [
    {
      name: "resize",
      input: {
        type: "object",
        additionalProperties: false,
        required: ["width"],
        properties: { width: { type: "integer" } },
      },
      examples: [{ input: { width: 3 } }],
      policy: { maxTrials: 7 },
    },
  ],
};

let registry: Registry;
beforeEach(() => {
  registry = new Registry();
});

const plan = (manifest: Manifest, isDefault?: boolean) =>
  registry.planDeploy("default", manifest.plugin, {
    manifest,
    nowMs: 5,
    ...(isDefault === undefined ? {} : { isDefault }),
  });

/** Deploys as an engine does: plans, commits, applies. */
function deploy(manifest: Manifest, isDefault?: boolean): string {
  const { revision, isNew, plugin } = plan(manifest, isDefault);
  registry.apply({ revisions: isNew ? [revision] : [], plugins: plugin === undefined ? [] : [plugin] });
  return revision.id;
}

function refusalOf(run: () => unknown): CapstanError {
  try {
    run();
  } catch (error) {
    if (error instanceof CapstanError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("resolving a definition", () => {
  it("finds the default revision, one by id, and one by version", () => {
    const first = deploy(images);
    const second = deploy({ ...images, version: "2.0.0" });
    expect(registry.resolve("default", "images/resize")).toMatchObject({
      revision: second,
      runtime: "node",
      plugin: "images",
    });
    expect(registry.resolve("default", "images/resize", first).revision).toBe(first);
    expect(registry.resolve("default", "images/resize", "1.0.0")).toMatchObject({
      revision: first,
      policy: { maxTrials: 7 },
    });
  });

  it("follows the default forth and back, and keeps what was resolved before", () => {
    const first = deploy(images);
    const bound = registry.resolve("default", "images/resize");
    deploy({ ...images, version: "2.0.0" });
    expect(registry.resolve("default", "images/resize").revision).not.toBe(first);
    const row = registry.planSwitch("default", "images", "1.0.0");
    expect(row).toEqual({ namespace: "default", name: "images", defaultRevision: first });
    registry.apply({ plugins: [row!] });
    expect(registry.resolve("default", "images/resize")).toBe(bound);
    expect(registry.planSwitch("default", "images", first)).toBeUndefined();
  });

  it("keeps namespaces apart, and has the built-in command in each", () => {
    deploy(images);
    expect(refusalOf(() => registry.resolve("other", "images/resize")).code).toBe("unknown-plugin");
    expect(registry.resolve("other", "command/run").runtime).toBe("command");
    expect(registry.listPlugins("other", () => 0).map(({ name }) => name)).toEqual(["command"]);
    expect(registry.viewPlugin("other", "command", () => 0).namespace).toBe("other");
  });

  it.each([
    ["image/resize", undefined, "unknown-plugin", 'did you mean "images"?'],
    ["images/resise", undefined, "unknown-definition", 'did you mean "images/resize"?'],
    ["images/resize", "1.0.1", "unknown-revision", 'did you mean "1.0.0"?'],
    ["zzz/zzz", undefined, "unknown-plugin", 'no plugin "zzz" is deployed here'],
    ["images/resize", "rev_zzz", "unknown-revision", "has no revision"],
  ])("says what is unknown and what is near: %s %s", (...[name, revision, code, told]) => {
    deploy(images);
    const refusal = refusalOf(() => registry.resolve("default", name, revision));
    expect([refusal.code, refusal.message]).toEqual([code, expect.stringContaining(told)]);
  });

  it("says so when a plugin has no default", () => {
    const id = deploy(images, false);
    expect(refusalOf(() => registry.resolve("default", "images/resize")).code).toBe("unknown-revision");
    expect(registry.resolve("default", "images/resize", id).revision).toBe(id);
  });

  it("forgets a revision that was deleted", () => {
    const id = deploy(images);
    registry.resolve("default", "images/resize");
    registry.apply({ deletedRevisions: [{ namespace: "default", id }] });
    expect(refusalOf(() => registry.resolve("default", "images/resize")).code).toBe("unknown-revision");
  });
});

describe("checking an input", () => {
  it("names where it does not fit", () => {
    deploy(images);
    const resolved = registry.resolve("default", "images/resize");
    resolved.validateInput({ width: 1 });
    const refusal = refusalOf(() => resolved.validateInput({ width: "1", height: 2 }));
    expect(refusal.code).toBe("invalid-input");
    expect(refusal.details?.["misfits"]).toEqual(
      expect.arrayContaining([expect.objectContaining({ at: "/width" }), { at: "", message: "unknown field height" }]),
    );
    expect(refusalOf(() => resolved.validateInput(undefined)).code).toBe("invalid-input");
  });
});

describe("planning a deployment", () => {
  it("gives the rows to commit, and nothing when it is deployed just so already", () => {
    const first = plan(images);
    expect(first).toMatchObject({
      isNew: true,
      digests: [digest("a")],
      plugin: { defaultRevision: first.revision.id },
    });
    expect(refusalOf(() => registry.resolve("default", "images/resize")).code).toBe("unknown-plugin");
    deploy(images);
    expect(plan(images)).toMatchObject({ isNew: false, plugin: undefined, revision: { id: first.revision.id } });
  });

  it("gives the same content the same id, whatever the order of its fields", () => {
    const fields = Object.keys(images) as (keyof Manifest)[];
    fc.assert(
      fc.property(fc.shuffledSubarray(fields, { minLength: fields.length }), (shuffled) => {
        const manifest = Object.fromEntries(shuffled.map((field) => [field, images[field]])) as unknown as Manifest;
        expect(plan(manifest).revision.id).toBe(plan(images).revision.id);
      }),
    );
    expect(plan({ ...images, version: "1.0.1" }).revision.id).not.toBe(plan(images).revision.id);
  });

  it("leaves the default alone when asked to", () => {
    const first = deploy(images);
    const next = plan({ ...images, version: "2.0.0" }, false);
    expect([next.isNew, next.plugin]).toEqual([true, undefined]);
    expect(registry.resolve("default", "images/resize").revision).toBe(first);
  });

  it("refuses a manifest of another plugin, and the name of a built-in one", () => {
    const other = refusalOf(() => registry.planDeploy("default", "video", { manifest: images, nowMs: 1 }));
    expect(other.code).toBe("invalid-manifest");
    expect(refusalOf(() => plan(commandPlugin)).message).toContain("built in");
  });

  it.each([
    ["a duplicate definition", { definitions: [{ name: "a" }, { name: "a" }] }, "invalid-manifest", "comes twice"],
    ["no entry", { entry: undefined }, "invalid-manifest", "names its entry"],
    ["an entry that is no file", { entry: "other.js" }, "invalid-manifest", "no file of the bundle"],
    ["a command of a node plugin", { command: ["ruby"] }, "invalid-manifest", "has no command"],
    ["a file that is too large", { files: [file("main.js", "a", 60_000_000)] }, "too-large", "main.js"],
    [
      "a bundle that is too large",
      { files: [file("main.js", "a", 30_000_000), file("b", "b", 30_000_000)] },
      "too-large",
      "the bundle",
    ],
    ["two sizes of one digest", { files: [file("main.js"), file("b", "a", 11)] }, "invalid-manifest", "another size"],
  ])("refuses %s", (...[, change, code, told]) => {
    const refusal = refusalOf(() => plan({ ...images, ...change } as Manifest));
    expect([refusal.code, refusal.message]).toEqual([code, expect.stringContaining(told)]);
  });

  it.each([
    "../evil.js",
    "a/../../evil.js",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/.",
    "..",
    "a\\..\\b",
    "C:evil",
    "a\u0000b",
    "a/b.",
    "a /b",
    "e\u0301",
    "lib/NUL.txt",
    "con",
    "a\u0085b",
    `${"x".repeat(256)}/a`,
  ])("refuses the path %j", (path) => {
    const refusal = refusalOf(() => plan({ ...images, files: [file("main.js"), file(path, "b")] }));
    expect([refusal.code, refusal.details?.["path"]]).toEqual(["invalid-path", path]);
  });

  it.each([
    ["twice", ["a.js", "a.js"]],
    ["by case only", ["a.js", "A.js"]],
    ["is a file of the bundle too", ["a", "a/b"]],
    ["is a file of the bundle too", ["x/y/z", "x/Y"]],
  ])("refuses paths that are in each other's way: %s", (told, paths) => {
    const files = [file("main.js"), ...paths.map((path) => file(path, "b"))];
    const refusal = refusalOf(() => plan({ ...images, files }));
    expect([refusal.code, refusal.message]).toEqual(["invalid-path", expect.stringContaining(told)]);
  });

  it("takes paths as bundles have them", () => {
    const paths = ["lib/a-b_c.js", "data/Grüße.txt", "[...slug].js", "@scope/x/index.mjs", ".config/a", "a b.txt"];
    expect(plan({ ...images, files: [file("main.js"), ...paths.map((path) => file(path, "b"))] }).isNew).toBe(true);
  });

  it("never takes a path that resolves outside its folder", () => {
    const part = fc.constantFrom("..", ".", "", "a", "b.js", "..a", "...", "\\..", "/", "c:");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join("/");
        const { pathname } = new URL(path.replaceAll("\\", "/") || "x", "file:///base/bundle/");
        const isOutside = !pathname.startsWith("/base/bundle/");
        if (path === "" || !isOutside) return;
        expect(refusalOf(() => plan({ ...images, files: [file("main.js"), file(path, "b")] })).code).toBe(
          "invalid-path",
        );
      }),
    );
  });
});

describe("checking a manifest's schemas", () => {
  const withSchema = (input: unknown, examples: { input: unknown; output?: unknown }[] = []): Manifest => ({
    ...images,
    definitions: [{ name: "resize", input: input as JsonSchema, output: { type: "integer" }, examples }],
  });

  it.each([
    ["an unknown type", { type: "strnig" }],
    ["a broken pattern", { type: "string", pattern: "(" }],
    ["a limit that is no number", { type: "string", minLength: "1" }],
    ["properties that are none", { type: "object", properties: "x" }],
    ["a schema that is null", { properties: { a: null } }],
    ["a reference to nothing", { properties: { a: { $ref: "#/$defs/nope" } } }],
    ["a schema that is itself", { $ref: "#" }],
    [
      "schemas that mean each other for one value",
      {
        properties: { a: { $ref: "#/$defs/a" } },
        $defs: { a: { anyOf: [{ $ref: "#/$defs/b" }] }, b: { not: { $ref: "#/$defs/a" } } },
      },
    ],
    ["a reference to elsewhere", { $ref: "https://example.com/schema.json" }],
    ["a dynamic reference", { $dynamicRef: "#meta" }],
  ])("refuses %s", (_what, schema) => {
    const refusal = refusalOf(() => plan(withSchema(schema)));
    expect([refusal.code, refusal.details]).toEqual([
      "invalid-manifest",
      expect.objectContaining({ definition: "resize", part: "input" }),
    ]);
  });

  it.each([
    [true],
    [{}],
    [
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: ["object", "null"],
        properties: { n: { type: "number" } },
      },
    ],
    [
      {
        $defs: { node: { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/node" } } } } },
        $ref: "#/$defs/node",
      },
    ],
    [{ anyOf: [{ const: 1 }, { enum: ["$ref"] }], default: { $ref: "#/nothing" }, "x-own": 1 }],
  ])("takes %j", (schema) => {
    expect(plan(withSchema(schema)).isNew).toBe(true);
  });

  it("refuses examples that do not fit, and says which", () => {
    const refusal = refusalOf(() => plan(withSchema({ type: "string" }, [{ input: "a" }, { input: 2 }])));
    expect([refusal.code, refusal.details?.["part"]]).toEqual(["invalid-manifest", "examples/1"]);
    const output = refusalOf(() => plan(withSchema({ type: "string" }, [{ input: "a", output: "b" }])));
    expect(output.message).toContain("the example's output");
    expect(plan(withSchema({ type: "string" }, [{ input: "a", output: 3 }])).isNew).toBe(true);
  });

  it("never runs code from a schema", () => {
    const code = '"];globalThis.isTaken=true;["';
    plan(withSchema({ type: "object", required: [code], properties: { [code]: { const: code, description: code } } }));
    expect((globalThis as { isTaken?: boolean }).isTaken).toBeUndefined();
  });
});

describe("views of the registry", () => {
  it("show revisions newest first, the default's definitions, and unfinished tasks", () => {
    const first = deploy(images);
    const { revision, plugin } = registry.planDeploy("default", "images", {
      manifest: { ...images, version: "2.0.0", description: "two" },
      nowMs: 9,
    });
    registry.apply({ revisions: [revision], plugins: [plugin!] });
    const view = registry.viewPlugin("default", "images", (_, id) => (id === first ? 4 : 0));
    expect(view).toMatchObject({ description: "two", defaultRevision: revision.id });
    expect(
      view.revisions.map(({ version, isDefault, tasksUnfinished }) => [version, isDefault, tasksUnfinished]),
    ).toEqual([
      ["2.0.0", true, 0],
      ["1.0.0", false, 4],
    ]);
    expect(view.revisions[0]).not.toHaveProperty("manifest");
    expect(registry.viewRevision("default", first, () => 0).manifest).toEqual(images);
    expect(refusalOf(() => registry.viewRevision("default", "rev_x", () => 0)).code).toBe("unknown-revision");
  });
});
