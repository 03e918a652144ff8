import { spawnSync } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "@capstan/testkit";
import { describe, expect, it } from "vitest";
import { sameRun } from "../same-run.js";
import type { FrameworkName } from "./registry.js";

const require = createRequire(import.meta.url);
const fixtures = fileURLToPath(new URL("../../../../../packages/adapter/fixture", import.meta.url));
const isThere = (...argv: [string, ...string[]]): boolean => spawnSync(argv[0], argv.slice(1)).status === 0;

/** Files of the fixture suites; Mocha and RSpec run nothing at all when one cannot be loaded. */
const suites: readonly (readonly [FrameworkName, readonly string[], boolean])[] = [
  ["vitest", ["mixed.spec.js", "pending.spec.js", "broken.spec.js", "hook.spec.js"], true],
  ["jest", ["mixed.spec.js", "pending.spec.js", "broken.spec.js", "hook.spec.js"], true],
  ["mocha", ["test/mixed.js", "test/pending.js", "test/hook.js"], true],
  ["node-test", ["mixed.test.js", "pending.test.js", "broken.test.js", "hook.test.js"], true],
  [
    "pytest",
    ["package/test_mixed.py", "package/test_pending.py", "package/test_broken.py"],
    isThere("python3", "-c", "import pytest"),
  ],
  ["rspec", ["spec/mixed_spec.rb", "spec/pending_spec.rb"], isThere("rspec", "--version")],
];

describe.each(suites)("the own runner of %s", (framework, files, isInstalled) => {
  it.skipIf(!isInstalled)(
    "says of the fixture suite what Capstan says, where it is installed",
    async () => {
      await withFolder(async (folder) => {
        const path = join(folder, "tree");
        // Runs of the fixtures themselves may have left caches there.
        const filter = (source: string): boolean => basename(source) !== "node_modules";
        await cp(join(fixtures, framework), path, { recursive: true, filter });
        if (framework === "vitest" || framework === "jest" || framework === "mocha") {
          await mkdir(join(path, "node_modules"));
          const home = dirname(require.resolve(`${framework}/package.json`));
          await symlink(home, join(path, "node_modules", framework));
        }
        const project = { name: "fixture", framework, files, source: { from: "folder", path } } as const;
        const { own, differences } = await sameRun(project, { folder, jobs: 2, tell: () => undefined });
        expect(differences).toEqual([]);
        for (const count of [own.passed, own.failed, own.skipped]) expect(count).toBeGreaterThan(0);
      });
    },
    120_000,
  );
});
