import { describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();
const noop = '{"command":"true"}';

async function launch(...argv: string[]): Promise<string> {
  const { code, stdout } = await bed.call(["launch", ...argv]);
  expect(code).toBe(0);
  return stdout.trim();
}

describe("launch", () => {
  test("prints the id of the task; wait ends with its verdict", async () => {
    const good = await launch("command/run", '{"command":"echo 7"}');
    expect(good).toMatch(/^task_/);
    expect(await bed.call(["wait", good])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/succeeded.*\n\{"exitCode":0\}\n$/) as string,
    });
    const bad = await launch("command/run", '{"command":"exit 4"}', "--max-trials", "1");
    const waited = await bed.call(["wait", bad, "--json"]);
    expect(waited).toMatchObject({ code: 1, json: [{ id: bad, status: "failed", error: { exitCode: 4 } }] });
  });

  test("reads the input from stdin, and waits for the output", async () => {
    const { code, stdout } = await bed.call(["launch", "command/run", "-", "--wait"], { stdin: noop });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('{"exitCode":0}') as string });
  });

  test("meets the earlier launch by its idempotency key", async () => {
    const argv = ["launch", "command/run", noop, "--idempotency-key", "order-17"];
    const first = await bed.call(argv);
    const second = await bed.call(argv);
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain("launched before");
    const other = await bed.call(["launch", "command/run", '{"command":"false"}', "--idempotency-key", "order-17"]);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("Use another key") as string });
  });

  test("launches a taskset from NDJSON, of one definition or of whole tasks", async () => {
    const argv = ["launch", "command/run", "--stdin", "--name", "lines", "--wait"];
    expect(await bed.call(argv, { stdin: `${noop}\n${noop}\n` })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("lines succeeded: 2 succeeded") as string,
    });
    const whole = `{"definition":"command/run","key":"k1","input":${noop}}\n`;
    const { json } = await bed.call(["launch", "--stdin", "--json"], { stdin: whole });
    expect(json).toEqual([{ taskset: expect.stringMatching(/^set_/) as string, tasks: 1, isDuplicate: false }]);
  });

  test.each([
    ["a broken line", ["--stdin"], "{}\n{oops\n", "line 2 of stdin is no JSON"],
    [
      "a line with an unknown field",
      ["--stdin"],
      '{"definition":"command/run","imput":1}\n',
      "line 1 of stdin: the task is wrong",
    ],
    ["no lines at all", ["--stdin"], "\n", "stdin has no lines"],
    ["input that is no JSON", ["command/run", "{command:true}"], "", "the input is no JSON"],
    ["a definition that nobody has", ["command/walk"], "", 'no definition "walk"'],
    ["an input that does not fit", ["command/run", '{"cmd":"x"}'], "", "the input of command/run is wrong"],
    ["an instant that is none", ["command/run", noop, "--run-at", "tomorrow"], "", "--run-at is"],
    ["an option of a taskset", ["command/run", noop, "--name", "x"], "", "--name belongs to a taskset"],
  ])("refuses %s", async (_, ...[argv, stdin, message]) => {
    const { code, stderr, stdout } = await bed.call(["launch", ...argv], { stdin });
    expect(code).toBeGreaterThan(0);
    expect({ stderr, stdout }).toEqual({ stderr: expect.stringContaining(message) as string, stdout: "" });
  });
});

describe("looking", () => {
  test("tasks show why a task waits, and who could not run it", async () => {
    const id = await launch("command/run", noop, "--delay", "1h", "--key", "later");
    const { stdout } = await bed.call(["tasks", "--status", "waiting", "--key", "later"]);
    expect(stdout.split("\t").slice(0, 4)).toEqual([id, "waiting", "command/run", "later"]);
    const shown = await bed.call(["tasks", "show", id]);
    expect(shown.stdout).toMatch(/\nwaits\ttime/);
    expect((await bed.call(["cancel", id])).stdout).toBe(`${id} cancelled\n`);
    expect((await bed.call(["wait", id])).code).toBe(1);
  });

  test("who refused a task, and why", async () => {
    const id = await launch("command/run", noop, "--delay", "1h");
    expect(await bed.call(["trials", id, "--offers"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const people = await bed.call(["trials", id, "--offers"], { isTerminal: true, env: { NO_COLOR: "1" } });
    expect(people.stdout).toBe("no offer of it came to nothing\n");
    await bed.call(["cancel", id]);
  });

  test("logs, trials and events of a task", async () => {
    const id = await launch("command/run", '{"command":"echo one; echo two >&2; exit 1"}', "--max-trials", "1");
    const [from] =
      (await bed.call(["events", "--after", "0-0-0", "--json"])).stderr.match(/latest":"([^"]+)/)?.slice(1) ?? [];
    await bed.call(["wait", id]);
    expect((await bed.call(["logs", id, "-f"])).stdout).toBe("one\n");
    expect((await bed.call(["logs", `trial_${id.slice(5)}_1`, "--stderr"])).stdout).toBe("two\n");
    const trials = await bed.call(["trials", id]);
    expect(trials.stdout.split("\t").slice(0, 3)).toEqual([`trial_${id.slice(5)}_1`, "failed", "local"]);
    expect((await bed.call(["trials", "show", `trial_${id.slice(5)}_1`])).stdout).toContain(
      "\nerror\tthe command exited with code 1",
    );
    expect(from === undefined || typeof from === "string").toBe(true);
    const status = await bed.call(["status", "--json"]);
    expect(status.json).toMatchObject([{ workers: 1, slots: 4 }]);
  });

  test("a table on a terminal, tabs in a pipe, JSON when asked for", async () => {
    const table = await bed.call(["workers"], { isTerminal: true, columns: 120, env: { NO_COLOR: "1" } });
    expect(table.stdout).toMatch(/^WORKER +ID +STATUS +SLOTS /);
    expect(table.stdout).toMatch(/\nlocal +wrk_\w+ +ready +0\/4 /);
    expect((await bed.call(["workers"])).stdout).toMatch(/^local\twrk_\w+\tready\t0\/4\t/);
    expect((await bed.call(["workers", "--json"])).json).toMatchObject([{ name: "local", slots: 4 }]);
    expect((await bed.call(["workers", "--by-label"])).stdout).toBe("(none)\t1\t0/4\tlocal\n");
    expect((await bed.call(["workers", "show", "local"])).stdout).toContain("slots\t0 of 4 busy");
    expect((await bed.call(["plugins", "prune", "command", "--keep", "0"])).stdout).toMatch(
      /^rev_\w+\t1\tkept: the default\t/,
    );
    expect(await bed.call(["plugins", "prune", "command", "--dry-run", "--json"])).toMatchObject({
      json: [{ plugin: "command", isDryRun: true, pruned: [] }],
    });
    expect((await bed.call(["plugins"])).stdout).toMatch(/^command\trev_\w+\tcommand\t1\trun\n$/);
  });

  test("what is not there is said so", async () => {
    for (const argv of [
      ["tasks", "show", "task_0123456789abcdefghjkmn"],
      ["wait", "nobody"],
      ["workers", "show", "nobody"],
      ["plugins", "show", "nobody"],
      ["logs", "trial_0123456789abcdefghjkmn_1"],
    ]) {
      const { code, stderr } = await bed.call(argv);
      expect([argv, code, stderr.split("\n").length]).toEqual([argv, 1, 3]);
    }
  });
});

describe("steering", () => {
  test("pause, resume, cancel and rerun a taskset by its name", async () => {
    const stdin = '{"command":"true"}\n';
    const argv = ["launch", "command/run", "--stdin", "--name", "steered"];
    await bed.call([...argv, "--json"], { stdin: '{"command":"sleep 60"}\n' });
    expect((await bed.call(["pause", "steered", "--stop", "--json"])).json).toMatchObject([{ status: "paused" }]);
    expect((await bed.call(["tasksets", "--active"])).stdout).toContain("\tsteered\tpaused\t0/1\t");
    expect((await bed.call(argv, { stdin })).stderr).toContain("A taskset of that name is still active".slice(2, 9));
    expect((await bed.call(["resume", "steered"])).code).toBe(0);
    expect((await bed.call(["cancel", "steered", "--wait"])).stdout).toMatch(/^set_\w+ cancelled\n$/);
    expect((await bed.call(["tasksets", "show", "steered", "--json"])).json).toMatchObject([
      { counts: { cancelled: 1 } },
    ]);
    expect((await bed.call(["rerun", "steered"])).stdout).toMatch(/^set_\w+ (pending|running), round 2\n$/);
    expect((await bed.call(["rerun", "steered"])).stderr).toContain("Wait for its end");
    await bed.call(["cancel", "steered", "--wait"]);
  });

  test("drain and quarantine a worker, and take both back", async () => {
    expect((await bed.call(["drain", "local"])).stdout).toBe("local draining: 0 of 4 slots busy\n");
    const id = await launch("command/run", noop);
    const late = await bed.call(["wait", id, "--timeout", "100ms"]);
    expect(late).toMatchObject({ code: 124, stderr: expect.stringContaining("has not ended in 100 ms") as string });
    expect((await bed.call(["drain", "local", "--undo"])).stdout).toMatch(/^local ready: /);
    expect((await bed.call(["wait", id])).code).toBe(0);
    const kept = await bed.call(["quarantine", "local", "--plugin", "command", "--reason", "no shell", "--for", "1h"]);
    expect(kept.stdout).toBe("local is quarantined for plugin command: no shell\n");
    const held = await launch("command/run", noop);
    expect((await bed.call(["lift", "local", "--plugin", "command"])).stdout).toContain("no longer quarantined");
    expect((await bed.call(["wait", held])).code).toBe(0);
    expect(await bed.call(["lift", "local"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("say either") as string,
    });
  });
});
