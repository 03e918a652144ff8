import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Project, adapterNames } from "./adapter.js";
import { commandAdapter } from "./command/adapter.js";
import { fixture } from "./executor.test.support.js";
import { adapterNamed, adapters, recognisedAdapters } from "./registry.js";

function project(files: Readonly<Record<string, string>>): Project {
  return { names: Object.keys(files), text: (name) => files[name] };
}

const folder = (root: string): Project => ({
  names: readdirSync(root),
  text: (name) => readFileSync(`${root}/${name}`, "utf8"),
});

describe("the registry of adapters", () => {
  it("has each adapter under its name", () => {
    expect(adapters.map(({ name }) => name).toSorted()).toEqual([...adapterNames].toSorted());
    for (const name of adapterNames) expect(adapterNamed(name).name).toBe(name);
    expect(() => adapterNamed("karma" as "mocha")).toThrow(/no adapter is called karma: there are vitest/);
  });

  it.each([...adapters, commandAdapter].map((adapter) => [adapter.name, adapter] as const))(
    "knows the files of %s",
    (_, adapter) => {
      for (const { path, source } of adapter.files) {
        expect(existsSync(source), path).toBe(true);
        expect(path).toMatch(/^(?!\/)(?!.*\.\.)[\w./-]+$/);
      }
      expect(adapter.files.map(({ path }) => path)).toContain(adapter.command.at(-1));
      if (adapter !== commandAdapter) expect(adapter.patterns.length).toBeGreaterThan(0);
    },
  );

  it("imports nothing in its programs but what Node has and what they bring", () => {
    for (const { files } of [...adapters, commandAdapter]) {
      const paths = new Set(files.map(({ path }) => path));
      for (const { path, source } of files.filter((file) => file.path.endsWith(".js"))) {
        const imports = [...readFileSync(source, "utf8").matchAll(/\bfrom "([^"]+)"|^import "([^"]+)"/gm)];
        for (const [, from = "", bare = from] of imports) {
          const target = new URL(bare, `file:///${path}`).pathname.slice(1);
          const isBrought = paths.has(target) || paths.has(`node_modules/${bare}/package.json`);
          expect(bare.startsWith("node:") || isBrought, `${path} imports ${bare}`).toBe(true);
        }
      }
    }
  });

  it.each([
    ["vitest", { "vitest.config.ts": "" }],
    ["vitest", { "package.json": `{"devDependencies":{"vitest":"4"}}` }],
    ["jest", { "jest.config.mjs": "" }],
    ["mocha", { ".mocharc.yml": "" }],
    ["mocha", { "package.json": `{"dependencies":{"mocha":"11"}}` }],
    ["node-test", { "package.json": `{"scripts":{"test":"node --import tsx --test"}}` }],
    ["pytest", { "conftest.py": "" }],
    ["pytest", { "pyproject.toml": "[project]\n[tool.pytest.ini_options]\n" }],
    ["rspec", { ".rspec": "" }],
    ["rspec", { Gemfile: `group :test do\n  gem "rspec-rails"\nend\n` }],
  ])("recognises %s by %o", (name, files) => {
    expect(recognisedAdapters(project(files)).map((adapter) => adapter.name)).toEqual([name]);
  });

  it.each([
    {},
    { "package.json": "{" },
    { "package.json": "null" },
    { "pyproject.toml": "[project]\n" },
    { Gemfile: "" },
  ])("recognises nothing by %o", (files) => {
    expect(recognisedAdapters(project(files))).toEqual([]);
  });

  it.each(["vitest", "jest", "mocha", "pytest", "rspec"] as const)("recognises the fixture of %s", (name) => {
    expect(recognisedAdapters(folder(fixture(name))).map((adapter) => adapter.name)).toEqual([name]);
  });
});
