import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Adapter, adapterNames } from "./adapter.js";
import { commandAdapter } from "./command/adapter.js";
import {
  checkMuting,
  fixture,
  quiet,
  type Result,
  statuses,
  TestExecutor,
  withExecutor,
} from "./executor.test.support.js";
import { adapterNamed } from "./registry.js";
import { withoutIsolation } from "./without-isolation.js";

/** Files of one framework; each prints the process that it runs in, and whether another one has run there before it. */
interface Suite {
  readonly name: "mocha" | "pytest" | "rspec";
  readonly isThere: boolean;
  readonly file: (name: string) => string;
  /** What a file says. */
  readonly texts: Readonly<Record<"left" | "crashing" | "hanging" | "hooked", string>>;
  /** A file of the fixture suite whose examples end in every way, and others that fail or not. */
  readonly fixtures: readonly string[];
}

const js = `console.log("pid " + process.pid, globalThis.left ?? "clean");\nglobalThis.left = "left";\n`;
const py = `import builtins, os, signal\nprint("pid", os.getpid(), getattr(builtins, "left", "clean"))\nbuiltins.left = "left"\n`;
const rb = `puts "pid #{Process.pid} #{$left || "clean"}"\n$left = "left"\n`;

const suites: readonly Suite[] = [
  {
    name: "mocha",
    isThere: true,
    file: (name) => `test/${name}.js`,
    texts: {
      left: `${js}it("passes", () => {});\n`,
      crashing: `${js}it("crashes", (done) => process.kill(process.pid, "SIGKILL"));\n`,
      hanging: `it("hangs", function (done) {\n  this.timeout(0);\n  ${js}});\n`,
      hooked: `${js}it("passes", () => {});\n`,
    },
    fixtures: ["test/mixed.js", "test/counted.js", "test/broken.js", "test/pending.js", "test/only.js"],
  },
  {
    name: "pytest",
    isThere: spawnSync("python3", ["-c", "import pytest"]).status === 0,
    file: (name) => `test_${name}.py`,
    texts: {
      left: `${py}def test_passes(): pass\n`,
      crashing: `${py}def test_crashes(): os.kill(os.getpid(), signal.SIGKILL)\n`,
      hanging: `${py}def test_hangs(): signal.pause()\n`,
      hooked: `${py}def test_passes(once): pass\n`,
    },
    fixtures: ["mixed", "counted", "broken", "pending", "absent"].map((name) => `package/test_${name}.py`),
  },
  {
    name: "rspec",
    isThere: spawnSync("ruby", ["-e", "require 'rspec/core'"]).status === 0,
    file: (name) => `spec/${name}_spec.rb`,
    texts: {
      left: `${rb}RSpec.describe("It") { it("passes") {} }\n`,
      crashing: `${rb}RSpec.describe("It") { it("crashes") { Process.kill("KILL", Process.pid); sleep } }\n`,
      hanging: `${rb}RSpec.describe("It") { it("hangs") { sleep } }\n`,
      hooked: `${rb}require "hooks"\nRSpec.describe("It") { it("passes") {} }\n`,
    },
    fixtures: ["mixed", "counted", "broken", "pending", "after"].map((name) => `spec/${name}_spec.rb`),
  },
];

/** Run once around all that the process runs. */
const hooks = {
  "conftest.py": `import pytest
@pytest.fixture(scope="session")
def once():
    print("before all")
    yield
    print("after all")
`,
  "spec/hooks.rb": `RSpec.configure do |config|
  config.before(:suite) { puts "before all" }
  config.after(:suite) { puts "after all" }
end
`,
  ".rspec": "-I spec\n",
};

const isolationSpec = `import { it } from "vitest";
it("tells", () => console.log("isolate: " + globalThis.__vitest_worker__.config.isolate));
`;

const scratch = mkdtempSync(join(tmpdir(), "capstan-shared-"));
const modules = join(dirname(createRequire(import.meta.url).resolve("mocha/package.json")), "..");

beforeAll(() => {
  for (const folder of ["test", "spec"]) mkdirSync(join(scratch, folder));
  symlinkSync(modules, join(scratch, "node_modules"));
  for (const [name, text] of Object.entries(hooks)) writeFileSync(join(scratch, name), text);
  writeFileSync(join(scratch, "isolation.spec.js"), isolationSpec);
  for (const { file, texts } of suites) {
    for (const [name, text] of Object.entries({ ...texts, first: texts.left, second: texts.left }))
      writeFileSync(join(scratch, file(name)), text);
  }
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** The process that the file ran in, and what it found there. */
function ranIn({ stdout }: Result): [pid: number, found: string] {
  const [, pid, found = ""] = /^pid (\d+) (\w+)$/m.exec(stdout) ?? [];
  return [Number(pid), found];
}

/** Each runs many files of a real framework. */
const timeout = 240_000;

describe.each(suites)("files of $name without isolation", { timeout }, ({ name, isThere, file, fixtures }) => {
  const adapter = adapterNamed(name);
  const shared = withoutIsolation(adapter);
  const inScratch = (each: string) => ({ file: file(each), root: scratch });
  const hasForks = name !== "mocha";

  it.skipIf(!isThere)("share a process, and what one has left is there for the next", async () => {
    await withExecutor(shared, async (executor) => {
      const [first, second] = [await executor.run(inScratch("first")), await executor.run(inScratch("second"))];
      expect([first.status, second.status]).toEqual(["succeeded", "succeeded"]);
      expect(second.output.examples).toMatchObject([{ status: "passed", file: file("second") }]);
      const [pid, found] = ranIn(first);
      expect([pid > 0, found, ...ranIn(second)]).toEqual([true, "clean", pid, "left"]);
    });
    await withExecutor(adapter, async (executor) => {
      await executor.run(inScratch("first"));
      expect(ranIn(await executor.run(inScratch("second")))[1]).toBe("clean");
    });
  });

  it.skipIf(!isThere)("say of every example what they say each alone", async () => {
    const root = fixture(name);
    const told = (adapted: Adapter): Promise<unknown[]> => {
      const results: unknown[] = [];
      return withExecutor(adapted, async (executor) => {
        for (const each of fixtures) {
          const { status, counts, error, output } = await executor.run({ file: each, root });
          const { message, name: of } = error ?? {};
          const examples = output.examples.map(({ id, name: title, status: end }) => [id, title, end]);
          results.push([each, status, counts, of, message, examples]);
        }
        const [first, ...others] = (await executor.run({ file: fixtures[1]!, root })).output.examples;
        const part = { number: 1, of: 2, except: [first!.id] };
        const { output } = await executor.run({ file: fixtures[1]!, root, part });
        expect(output.examples.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
        const alone = await executor.run({ file: fixtures[1]!, root, examples: [first!.id] });
        expect(statuses(alone)).toEqual({ [first!.name]: "passed" });
        // What chose one example chooses none of the next file.
        expect((await executor.run({ file: fixtures[0]!, root })).output.examples.length).toBeGreaterThan(5);
      }).then(() => results);
    };
    expect(await told(shared)).toEqual(await told(adapter));
  });

  // The fixture of Mocha fails when it is run twice in a process.
  if (hasForks)
    it.skipIf(!isThere)("may be muted", () =>
      withExecutor(shared, (executor) =>
        checkMuting(executor, { file: fixtures[0]!, root: fixture(name) }, name === "rspec" ? "name" : "id"),
      ),
    );

  if (hasForks)
    it.skipIf(!isThere)("take with them no other file when they crash, and the next one is clean", () =>
      withExecutor(shared, async (executor) => {
        const [pid] = ranIn(await executor.run(inScratch("first")));
        const crashed = await executor.run(inScratch("crashing"));
        expect(crashed).toMatchObject({ status: "failed", error: { name: "ProcessExit" } });
        expect([crashed.error?.message, ...ranIn(crashed)]).toEqual([expect.stringContaining("SIGKILL"), pid, "left"]);
        const next = await executor.run(inScratch("second"));
        expect(next.status).toBe("succeeded");
        expect(ranIn(next)).not.toContain(pid);
        expect(ranIn(next)[1]).toBe("clean");
      }),
    );

  it.skipIf(!isThere)("are stopped one at a time", () =>
    withExecutor(shared, async (executor) => {
      await executor.run(inScratch("first"));
      const onTrial = (trial: string): void =>
        void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
      const hanging = await executor.run(inScratch("hanging"), { onTrial });
      expect([hanging.status, ranIn(hanging)[1]]).toEqual(["failed", "left"]);
      const next = await executor.run(inScratch("second"));
      expect([next.status, ranIn(next)[1]]).toEqual(["succeeded", hasForks ? "clean" : "left"]);
    }),
  );

  if (hasForks)
    it.skipIf(!isThere)("are run by another process when theirs has ended meanwhile", () =>
      withExecutor(shared, async (executor) => {
        const [pid] = ranIn(await executor.run(inScratch("first")));
        process.kill(pid, "SIGKILL");
        const next = await executor.run(inScratch("second"));
        expect([next.status, ranIn(next)[1]]).toEqual(["succeeded", "clean"]);
      }),
    );

  if (hasForks)
    it.skipIf(!isThere)("run again in a process that does not know them", () =>
      withExecutor(shared, async (executor) => {
        const [pid] = ranIn(await executor.run(inScratch("first")));
        const again = await executor.run(inScratch("first"));
        expect([again.status, ranIn(again)[1]]).toEqual(["succeeded", "clean"]);
        expect(ranIn(again)[0]).not.toBe(pid);
      }),
    );

  if (hasForks)
    it.skipIf(!isThere)("share what is before and after all of them", async () => {
      const executor = await TestExecutor.start(shared, quiet);
      // The first one does not bring the hooks yet.
      expect((await executor.run(inScratch("first"))).stdout).not.toContain("all");
      expect((await executor.run(inScratch("hooked"))).stdout).toMatch(/^before all$/m);
      expect((await executor.run(inScratch("second"))).stdout).not.toContain("all");
      const { code, stdout } = await executor.leave();
      expect([code, stdout]).toEqual([0, "after all\n"]);
    });
});

describe("isolation", () => {
  it("is kept by adapters that cannot do without", () => {
    const keeping = [...adapterNames.map(adapterNamed), commandAdapter].filter(({ sharesProcess }) => !sharesProcess);
    expect(keeping.map(({ name }) => name)).toEqual(["node-test", "jest", "file-command"]);
    for (const adapter of keeping) expect(() => withoutIsolation(adapter)).toThrow("isolates every file");
  });

  it("is Vitest's own to leave out", { timeout }, () =>
    withExecutor(withoutIsolation(adapterNamed("vitest")), async (executor) => {
      const result = await executor.run({ file: "isolation.spec.js", root: scratch });
      expect([result.status, result.stdout.trim()]).toEqual(["succeeded", "isolate: false"]);
    }),
  );
});
