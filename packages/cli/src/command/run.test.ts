import { existsSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

describe("capstan run", () => {
  test("runs a command over items and ends with 0 when all succeed", async () => {
    await writeFile(join(bed.folder, "a b.txt"), "hello");
    const argv = ["run", "--name", "good", "--each", "a b.txt", "x/c.txt", "--", "echo {} {/} > {/.}.out"];
    const { code, stdout, stderr } = await bed.call(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^good: 2 tasks launched\n(.*\n)*good succeeded: 2 succeeded in /);
    expect(await readFile(join(bed.folder, "a b.out"), "utf8")).toBe("a b.txt a b.txt\n");
    expect(await readFile(join(bed.folder, "c.out"), "utf8")).toBe("x/c.txt c.txt\n");
  });

  test("ends with 1 when one fails, and shows its output, retried as often as asked", async () => {
    const line = "echo out {}; echo err {} >&2; test {} != bad";
    const { code, stdout } = await bed.call(["run", "--max-trials", "2", "--each", "ok", "bad", "--", line]);
    expect(code).toBe(1);
    expect(stdout).toContain("bad failed: the command exited with code 1 (2 trials, ");
    expect(stdout).toContain("\n    out bad\n    — stderr —\n    err bad\n");
    expect(stdout).toMatch(/failed: 1 succeeded, 1 failed in /);
    expect(stdout).not.toContain("out ok");
  });

  test("takes commands from stdin, and writes both reports", async () => {
    const stdin = 'exit 0\n\ntest -n "$GREETING"\r\nexit 3\n';
    const argv = [
      "run",
      "-",
      "--max-trials",
      "1",
      "-e",
      "GREETING=hi",
      "--report",
      "out/r.json",
      "--junit",
      "out/r.xml",
    ];
    const { code, stdout } = await bed.call(argv, { stdin });
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining("exit 3 failed: ") as string });
    const report = JSON.parse(await readFile(join(bed.folder, "out/r.json"), "utf8")) as {
      tasks: { key: string; status: string }[];
    };
    const verdicts = Object.fromEntries(report.tasks.map(({ key, status }) => [key, status]));
    expect(verdicts).toEqual({ "exit 0": "succeeded", 'test -n "$GREETING"': "succeeded", "exit 3": "failed" });
    expect(await readFile(join(bed.folder, "out/r.xml"), "utf8")).toMatch(/<testsuite[^>]* failures="1"/);
  });

  test("runs a described taskset, with a setup that runs once", async () => {
    const file =
      "name: described\nsetup: echo once >> setup.txt\nmaxTrials: 1\ntasks:\n  - test -f setup.txt\n  - { key: b, command: [test, -f, setup.txt] }\n";
    await writeFile(join(bed.folder, "t.yaml"), file);
    const { code, stdout } = await bed.call(["run", "--file", "t.yaml"]);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("described succeeded: 2 ") as string,
    });
    expect(await readFile(join(bed.folder, "setup.txt"), "utf8")).toBe("once\n");
  });

  test("cancels the rest after so many failures", async () => {
    const argv = [
      "run",
      "-j",
      "1",
      "--max-failures",
      "1",
      "--max-trials",
      "1",
      "--json",
      "--each",
      "1",
      "2",
      "3",
      "4",
      "--",
      "exit {}",
    ];
    const { code, json } = await bed.call(argv);
    expect(code).toBe(1);
    const [launched, failed, finished] = json;
    expect(launched).toMatchObject({ type: "launched", tasks: 4 });
    expect(failed).toMatchObject({
      type: "failed",
      task: { error: { exitCode: expect.any(Number) as number } },
      stdout: "",
      stderr: "",
    });
    expect(finished).toMatchObject({
      type: "finished",
      taskset: { status: "failed", counts: { total: 4, failed: 1, cancelled: 3 } },
    });
  });

  test("stops a command at its time limit", async () => {
    const { code, stdout } = await bed.call(["run", "--timeout", "200ms", "--max-trials", "1", "--", "sleep", "60"]);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/sleep 60 failed: timeout/) as string,
    });
  });

  test("shows a live region on a terminal, and takes it away", async () => {
    const line = "until test -f go; do sleep 0.05; done";
    const onStdout = (text: string): void => {
      if (text.includes("\n  until test")) writeFileSync(join(bed.folder, "go"), "");
    };
    const argv = ["run", "--name", "live", "--timeout", "15s", "--", line];
    const { code, stdout } = await bed.call(argv, { isTerminal: true, columns: 100, onStdout });
    expect(code).toBe(0);
    expect(stdout).toMatch(/0\/1.* {2}1 running.*\n {2}until test -f go; do sleep 0\.05; done/s);
    expect(stdout.slice(stdout.lastIndexOf("\u001b[J"))).toMatch(/✓.* live .*succeeded.*: 1 .*succeeded/);
  });

  test.each([
    [["run"], "there is no command to run"],
    [["run", "--stdin", "--file", "x"], "say only one of --each, --stdin and --file"],
    [["run", "--timeout", "soon", "--", "true"], '--timeout is "soon": write a number and a unit'],
    [["run", "--jobs", "0", "--", "true"], '--jobs is "0": give a whole number'],
    [["run", "--file", "none.yaml"], "the taskset cannot be read from"],
    [["run", "--env", "A", "--", "true"], '--env is "A": write NAME=VALUE'],
    [["run", "--profile", "tests", "--", "true"], "it is one of job, test"],
    [["run", "--stdin", "--", "true"], "the list of items is empty"],
  ])("refuses %j and launches nothing", async (argv, message) => {
    const before = await count();
    const { code, stderr } = await bed.call(argv);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`error: `) as string });
    expect(stderr).toContain(message);
    expect(await count()).toBe(before);
  });

  test("needs no engine with --or-local, and leaves nothing behind", async () => {
    const argv = ["run", "--or-local", "-j", "2", "--each", "a", "b", "--", "touch or-local-{}"];
    const { code } = await bed.call(argv, { env: { CAPSTAN_URL: "http://127.0.0.1:9" } });
    expect(code).toBe(0);
    expect(existsSync(join(bed.folder, "or-local-b"))).toBe(true);
  });
});

async function count(): Promise<number> {
  let tasksets = 0;
  for await (const _ of bed.client.tasksets()) tasksets += 1;
  return tasksets;
}
