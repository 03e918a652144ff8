import { describe, expect, it } from "vitest";
import type { Example, Report, TaskView, TrialView } from "@capstan/protocol";
import { jsonReport } from "./json-report.js";
import { junitReport, type ReportSources } from "./junit-report.js";

const task = (key: string, facts: Partial<TaskView>): TaskView => ({
  id: `task_${key}`,
  namespace: "default",
  key,
  definition: "command/run",
  revision: "rev_1",
  status: "succeeded",
  isFlaky: false,
  priority: 5,
  round: 1,
  trials: { counted: 0, lost: 0, total: 1 },
  launchedAtMs: 0,
  lastTrial: trial(`${key}_1`, { status: "succeeded" }),
  ...facts,
});

const trial = (id: string, facts: Partial<TrialView>): TrialView => ({
  id,
  task: "t",
  number: 1,
  round: 1,
  status: "failed",
  isTwin: false,
  isCounted: true,
  revision: "rev_1",
  grantedAtMs: 0,
  durationMs: 1_234,
  ...facts,
});

const report: Report = {
  taskset: {
    id: "set_1",
    namespace: "default",
    name: 'suite "one"',
    class: "spec",
    profile: "test",
    status: "failed",
    round: 1,
    counts: {
      total: 6,
      waiting: 0,
      queued: 1,
      running: 0,
      succeeded: 2,
      skipped: 0,
      failed: 2,
      abandoned: 1,
      cancelled: 0,
      flaky: 1,
      retries: 1,
      muted: 0,
    },
    launchedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    endedAtMs: Date.UTC(2026, 0, 2, 3, 4, 15),
  },
  tasks: [
    task("good.ts", {}),
    task("flaky.ts", {
      isFlaky: true,
      trials: { counted: 1, lost: 1, total: 3 },
      lastTrial: trial("flaky_3", { status: "succeeded" }),
    }),
    task("bad.ts", {
      status: "failed",
      cause: "failed",
      error: { message: "1 < 2\u001b[31m red\u0000", name: "AssertionError", stack: "at a\n]]> at b" },
      lastTrial: trial("bad_1", {}),
    }),
    task("slow.ts", {
      status: "failed",
      cause: "timeout",
      trials: { counted: 2, lost: 0, total: 2 },
      lastTrial: trial("slow_2", { status: "timeout" }),
    }),
    task("orphan.ts", { status: "abandoned", reason: { code: "needs", message: "it needs bad.ts" } }),
    task("later.ts", { status: "queued", trials: { counted: 0, lost: 0, total: 0 } }),
  ],
};

const sources: ReportSources = {
  trials: async (id) =>
    id === "task_flaky.ts"
      ? [
          trial("flaky_1", { error: { message: "no luck" } }),
          trial("flaky_2", { status: "lost", cause: "worker died" }),
          trial("flaky_3", { status: "succeeded" }),
        ]
      : [trial("slow_1", { status: "timeout" }), trial("slow_2", { status: "timeout" })],
  content: async () => undefined,
  output: async (id, stream) => (stream === "stdout" ? `<${id}> said \u001b[1mthis\u001b[0m\r\n` : ""),
};

async function xml(): Promise<string> {
  let text = "";
  for await (const part of junitReport(report, sources)) text += part;
  return text;
}

describe("a report as JUnit XML", () => {
  it("is one testsuite with a testcase a task", async () => {
    const text = await xml();
    expect(text.split("\n").slice(0, 4)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="suite &quot;one&quot;" tests="6" failures="1" errors="1" skipped="2" time="10.000">',
      '<testsuite name="suite &quot;one&quot;" id="set_1" tests="6" failures="1" errors="1" skipped="2" time="10.000" timestamp="2026-01-02T03:04:05">',
      '<testcase name="good.ts" classname="spec" time="1.234"/>',
    ]);
    const names = [...text.matchAll(/<testcase name="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["good.ts", "flaky.ts", "bad.ts", "slow.ts", "orphan.ts", "later.ts"]);
    expect(text.endsWith("</testcase>\n</testsuite>\n</testsuites>\n")).toBe(true);
  });

  it("tells failures of the code from what befell it", async () => {
    const text = await xml();
    expect(text).toContain('<failure message="1 &lt; 2 red" type="AssertionError">at a\n]]&gt; at b</failure>');
    expect(text).toContain('<error message="timeout" type="timeout">timeout</error>');
    expect(text).toContain('<skipped message="abandoned: it needs bad.ts"/>');
    expect(text).toContain('<skipped message="unfinished, queued"/>');
  });

  it("tells earlier trials as surefire tells reruns", async () => {
    const text = await xml();
    expect(text).toContain(
      '<flakyFailure message="no luck" type="failed"><stackTrace>no luck</stackTrace></flakyFailure>',
    );
    expect(text).toContain('<flakyError message="worker died" type="lost">');
    expect(text).toContain('<rerunError message="timeout" type="timeout">');
  });

  it("holds the output of what did not succeed at once, without what XML cannot hold", async () => {
    const text = await xml();
    expect(text).toContain("<system-out>&lt;bad_1&gt; said this&#13;\n</system-out>");
    expect(text).toContain("<system-out>&lt;flaky_3&gt;");
    expect(text).not.toContain("good.ts_1");
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  });
});

describe("a test file in JUnit XML", () => {
  const example = (id: string, status: Example["status"], facts: Partial<Example> = {}): Example => {
    return { id, name: `adds ${id}`, status, durationMs: 12, ...facts };
  };
  const file = (key: string, examples: readonly Example[], facts: Partial<TaskView> = {}): TaskView =>
    task(key, {
      ...facts,
      lastTrial: trial(`${key}_2`, { status: "succeeded", output: { examples, durationMs: 20 } }),
    });

  it("tells a muted example as skipped with why, beside others that failed", async () => {
    const muted = example("two", "muted", { message: "1 < 2\nat x" });
    const text = await write([
      file("good.ts", [example("one", "passed"), muted]),
      file("bad.ts", [example("three", "failed", { message: "no" }), muted], { status: "failed", cause: "failed" }),
    ]);
    expect(text).toContain('tests="4" failures="1" errors="0" skipped="2"');
    expect(text).toContain('name="adds two" classname="good.ts" time="0.012"><skipped message="muted: 1 &lt; 2"/>');
    expect(text).toContain('name="adds two" classname="bad.ts" time="0.012"><skipped message="muted: 1 &lt; 2"/>');
    expect(text).toContain('<failure message="no" type="failed">');
  });

  async function write(tasks: readonly TaskView[], trials: readonly TrialView[] = []): Promise<string> {
    let text = "";
    const more = { ...sources, trials: async () => trials };
    for await (const part of junitReport({ ...report, tasks: [...tasks] }, more)) text += part;
    return text;
  }

  it("is a testcase for each of its examples", async () => {
    const failed = example("2", "failed", { message: "1 < 2\nat a", file: "a.ts", line: 3 });
    const examples = [example("1", "passed"), failed, example("3", "skipped", { message: "later" })];
    const text = await write([file("a.ts", examples, { status: "failed", cause: "failed" })]);
    expect(text).toContain('tests="3" failures="1" errors="0" skipped="1"');
    expect(text).toContain('<testcase name="adds 1" classname="a.ts" time="0.012"/>');
    expect(text).toContain(
      'classname="a.ts" time="0.012" file="a.ts" line="3"><failure message="1 &lt; 2" type="failed">',
    );
    expect(text).toContain('<skipped message="later"/>');
    expect(text.match(/<system-out>/g)).toHaveLength(1);
    expect(text).not.toContain('<testcase name="a.ts"');
  });

  it("has a testcase of its own as well when its examples do not say why it failed", async () => {
    const error = { message: "afterAll broke" };
    const text = await write([file("a.ts", [example("1", "passed")], { status: "failed", cause: "failed", error })]);
    expect(text).toContain('tests="2" failures="1"');
    expect(text).toContain('<failure message="afterAll broke" type="failed">');
  });

  it("is one whatever parts it was run in, and parts whose examples are gone are not told", async () => {
    const inputOf = (number: number) => ({ input: { file: "a.ts", part: { number, of: 3, only: ["1"] } } });
    const text = await write([
      file("a.ts (1/3)", [example("1", "passed")], inputOf(1)),
      file("a.ts (2/3)", [], { status: "skipped", ...inputOf(2) }),
      file("a.ts (3/3)", [example("2", "failed")], { status: "failed", cause: "failed" }),
      file("b.ts", [], { status: "skipped" }),
      task("c.ts (1/2)", { status: "failed", cause: "timeout", lastTrial: trial("c_1", { status: "timeout" }) }),
    ]);
    const cases = [...text.matchAll(/<testcase name="([^"]+)" classname="([^"]+)"/g)];
    expect(cases.map(([, name, of]) => [name, of])).toEqual([
      ["adds 1", "a.ts"],
      ["adds 2", "a.ts"],
      ["b.ts", "spec"],
      ["c.ts (1/2)", "spec"],
    ]);
    expect(text).toContain('tests="4" failures="1" errors="1" skipped="1"');
  });

  it("is a file of its own where a whole file is called as a part would be", async () => {
    const text = await write([
      file("a.ts (1/2)", [], { status: "skipped", input: { file: "a.ts (1/2)" } }),
      file("b.ts (1/2)", [example("1", "passed")], { input: { file: "b.ts (1/2)" } }),
    ]);
    expect(text).toContain('tests="2" failures="0" errors="0" skipped="1"');
    expect(text).toContain('<testcase name="a.ts (1/2)" classname="spec"');
    expect(text).toContain('<testcase name="adds 1" classname="b.ts (1/2)"');
  });

  it("tells an example that failed before and passed at last as flaky", async () => {
    const trials = [
      trial("a_1", { output: { examples: [example("1", "failed", { message: "no luck" })], durationMs: 1 } }),
    ];
    const flaky = { isFlaky: true, trials: { counted: 1, lost: 0, total: 2 } };
    const text = await write([file("a.ts", [example("1", "passed")], flaky)], trials);
    expect(text).toContain(
      '<flakyFailure message="no luck" type="failed"><stackTrace>no luck</stackTrace></flakyFailure>',
    );
  });

  it.each<unknown>([
    { id: 1 },
    null,
    { ...example("1", "passed"), file: {} },
    { ...example("1", "passed"), line: "3" },
  ])("is itself the testcase when its output is something else, such as %j", async (wrong) => {
    const text = await write([file("a.ts", [wrong as Example])]);
    expect(text).toContain('<testcase name="a.ts"');
  });
});

describe("a report as JSON", () => {
  it("is the report, in parts", () => {
    const parts = [...jsonReport(report)];
    expect(parts).toHaveLength(8);
    expect(JSON.parse(parts.join(""))).toEqual(report);
    expect(JSON.parse([...jsonReport({ ...report, tasks: [] })].join(""))).toEqual({ ...report, tasks: [] });
  });
});
