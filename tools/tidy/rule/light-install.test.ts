import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { lightInstall } from "./light-install.js";

function check(packages: Record<string, object>): string[] {
  return checkTexts(lightInstall, { "package-lock.json": JSON.stringify({ packages }) });
}

const link = (resolved: string) => ({ link: true, resolved });

describe("light-install", () => {
  it("finds a database driver behind a package of the repository and one of the registry", () => {
    expect(
      check({
        "packages/worker": { dependencies: { "@capstan/plugin": "1" } },
        "node_modules/@capstan/plugin": link("packages/plugin"),
        "packages/plugin": { optionalDependencies: { pool: "1" } },
        "packages/plugin/node_modules/pool": { dependencies: { pg: "1" } },
        "node_modules/pg": {},
      }),
    ).toEqual([
      "packages/worker/package.json brings pg along: @capstan/plugin › pool › pg",
      "packages/plugin/package.json brings pg along: pool › pg",
    ]);
  });

  it("lets other packages, development dependencies and circles be", () => {
    expect(
      check({
        "packages/worker": { dependencies: { a: "1" }, devDependencies: { fastify: "1" } },
        "packages/engine": { dependencies: { fastify: "1" } },
        "node_modules/fastify": {},
        "node_modules/a": { dependencies: { b: "1" } },
        "node_modules/b": { dependencies: { a: "1" } },
      }),
    ).toEqual([]);
  });
});
