import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkMuting, fixture, statuses, TestExecutor } from "../executor.test.support.js";
import { rspecAdapter } from "./adapter.js";

const root = fixture("rspec");
const isThere = spawnSync("ruby", ["-e", "require 'rspec/core'"]).status === 0;
const scratch = mkdtempSync(join(tmpdir(), "capstan-rspec-"));
let executor: TestExecutor;

beforeAll(async () => {
  if (isThere) executor = await TestExecutor.start(rspecAdapter, { MARKS: join(scratch, "marks") });
});
afterAll(() => rmSync(scratch, { recursive: true }));

interface OwnReport {
  readonly examples: readonly { readonly id: string; readonly status: string }[];
}

/** What RSpec's own command line says of a file. */
async function own(file: string): Promise<[string, string][]> {
  const out = join(scratch, "own.json");
  const command = [
    "-e",
    "require 'rspec/core'; exit RSpec::Core::Runner.run(ARGV)",
    "--",
    "--format=json",
    "--out",
    out,
  ];
  await promisify(execFile)("ruby", [...command, file], { cwd: root }).catch(() => undefined);
  const { examples } = JSON.parse(readFileSync(out, "utf8")) as OwnReport;
  return examples.map(({ id, status }) => [id, status === "pending" ? "skipped" : status]);
}

describe.skipIf(!isThere)("the adapter of RSpec (skipped without ruby and rspec)", () => {
  it("says of every example what RSpec itself says", async () => {
    const file = "spec/mixed_spec.rb";
    const [result, expected] = await Promise.all([executor.run({ file, root }), own(file)]);
    const { examples } = result.output;
    expect(examples.map(({ id, status }) => [id, status])).toEqual(expected);
    expect(result).toMatchObject({ status: "failed", counts: { passed: 4, failed: 3, skipped: 4 } });
    const told = new Map(examples.map((example) => [example.name, example]));
    expect(told.get("A group > adds")).toMatchObject({ id: "./spec/mixed_spec.rb[1:1]", file, line: 7 });
    expect(told.get("A group > fails with a diff")?.message).toMatch(/-c\n *\+b\n.*mixed_spec\.rb:12/s);
    expect(told.get("A group > within > throws")?.message).toMatch(
      /TypeError:\n +thrown on purpose\n.*mixed_spec\.rb:17/s,
    );
    expect(told.get("A group > within > throws")?.message).not.toContain("executor.rb");
    expect(told.get("A group > within > leaves itself out")?.message).toBe("for a reason");
    expect(told.get("A group > within > is expected to be odd")?.status).toBe("passed");
    expect(told.get("A group > with a hook that fails > is not run")?.message).toContain("thrown by a hook");
    expect([result.stdout, result.stderr]).toEqual(["", ""]);
  });

  it(
    "tells muted examples that failed as such, and fails only of the others",
    () => checkMuting(executor, { file: "spec/mixed_spec.rb", root }, "name"),
    60_000,
  );

  it("mutes none by id, which is that of another example once one is added above", async () => {
    const input = { file: "spec/mixed_spec.rb", root };
    const { output, counts } = await executor.run(input);
    const muted = output.examples.map(({ id }) => id);
    expect(await executor.run({ ...input, muted })).toMatchObject({ status: "failed", counts });
    expect(counts.failed).toBeGreaterThan(0);
  });

  it("runs the next file from the same process, and nothing of the first is left", async () => {
    const result = await executor.run({ file: "spec/clean_spec.rb", root });
    expect(result).toMatchObject({ status: "succeeded", counts: { passed: 2, failed: 0 } });
    expect(executor.child.exitCode).toBe(null);
  });

  it("runs one example alone by its id", async () => {
    const file = "spec/mixed_spec.rb";
    const all = await executor.run({ file, root });
    for (const { id, name, status } of all.output.examples) {
      const alone = await executor.run({ file, root, examples: [id] });
      expect(statuses(alone)).toEqual({ [name]: status });
      expect(alone.output.examples[0]?.id).toBe(id);
    }
  });

  it("passes on what was printed, as it is", async () => {
    const result = await executor.run({ file: "spec/printing_spec.rb", root });
    expect(result.status).toBe("succeeded");
    expect(result.stdout === `one line\n${"x".repeat(200_000)}\nthe last line\n`).toBe(true);
    expect(result.stderr).toBe("one complaint\n");
  });

  it("says skipped of a file whose examples all are", async () => {
    const result = await executor.run({ file: "spec/pending_spec.rb", root });
    expect(result).toMatchObject({ status: "skipped", counts: { passed: 0, failed: 0, skipped: 1 } });
  });

  it.each([
    ["that throws at load", "broken_spec.rb", /IndexError: thrown at load/],
    ["that requires what is not there", "absent_require_spec.rb", /no_such_file/],
    ["that is not there", "absent_spec.rb", /absent_spec/],
    ["whose hook behind fails", "after_spec.rb", /thrown on the way out/],
  ])("fails a file %s, and says why", async (_, file, message) => {
    const result = await executor.run({ file: `spec/${file}`, root });
    expect(result.status).toBe("failed");
    expect(result.error?.message).toMatch(message);
    expect(result.output.examples.length).toBe(file === "after_spec.rb" ? 1 : 0);
  });

  it("writes what is buffered and runs handlers and finalizers at the end of a file", async () => {
    for (const file of ["spec/leaving_spec.rb", "spec/finalizer_spec.rb"])
      expect((await executor.run({ file, root })).status).toBe("succeeded");
    const left = ["buffered", "handler", "finalizer"].map((end) => readFileSync(join(scratch, `marks.${end}`), "utf8"));
    expect(left).toEqual(["written", "run", "run"]);
  });

  it("runs handlers of what RUBYOPT loads, which come before all others, at the end of a file", async () => {
    const [boot, MARKS] = [join(scratch, "boot.rb"), join(scratch, "early")];
    writeFileSync(boot, `at_exit { File.write(ENV["MARKS"] + ".boot", "run") if $buffered }\n`);
    const other = await TestExecutor.start(rspecAdapter, { MARKS, RUBYOPT: `-w -r${boot}` });
    expect((await other.run({ file: "spec/leaving_spec.rb", root })).status).toBe("succeeded");
    expect(readFileSync(`${MARKS}.boot`, "utf8")).toBe("run");
    await other.close();
  });

  it("outlives a file that ends its process, and keeps what it had told", async () => {
    const result = await executor.run({ file: "spec/exiting_spec.rb", root });
    expect(result).toMatchObject({ status: "failed", counts: { passed: 1 }, error: { name: "ProcessExit" } });
    expect(result.error?.message).toContain("exit code 7");
  });

  it("ends a running file when it is told to stop", async () => {
    const onPrint = (trial: string): void =>
      void executor.child.stdout?.once("data", () => executor.send({ type: "stop", trial }));
    const result = await executor.run({ file: "spec/endless_spec.rb", root }, { onTrial: onPrint });
    expect(result).toMatchObject({ status: "failed", error: { name: "Interrupt" } });
    expect((await executor.run({ file: "spec/clean_spec.rb", root })).status).toBe("succeeded");
  });

  it("loaded its spec_helper once, and ends when its worker is gone", async () => {
    expect(readFileSync(join(scratch, "marks"), "utf8")).toBe("loaded\n");
    expect(await executor.close()).toEqual({ code: 0, signal: null });
  });
});
