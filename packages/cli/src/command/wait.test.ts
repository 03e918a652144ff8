import { describe, expect, test } from "vitest";
import { bin, useBed } from "../engine.test.support.js";
import { Script } from "@capstan/testkit";

const bed = useBed();

/** A taskset that runs until it is cancelled, with other commands beside. */
async function taskset(name: string, ...commands: readonly string[]): Promise<string> {
  const argv = ["launch", "command/run", "--stdin", "--name", name, "--json"];
  const lines = ["sleep 60", ...commands].map((command) => `${JSON.stringify({ command })}\n`).join("");
  const { json } = await bed.call(argv, { stdin: lines });
  return json[0]!["taskset"] as string;
}

describe("wait", () => {
  test("cancels at the first signal, waits for the end, and says that it was ended by a signal", async () => {
    const id = await taskset("waited");
    let isSent = false;
    const { code, stdout, stderr } = await bed.call(["wait", id], {
      isTerminal: true,
      env: { NO_COLOR: "1" },
      onStdout: (_, signal) => {
        if (!isSent) signal("SIGINT");
        isSent = true;
      },
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "cancelling; once more leaves at once\n" });
    expect(stdout).toContain("waited cancelled: 1 cancelled");
    expect(await bed.client.taskset(id).refresh()).toMatchObject({ status: "cancelled" });
  });

  test("with --no-cancel leaves at the first signal, and what it waited for goes on", async () => {
    const id = await taskset("watched", "true");
    const wait = await Script.start(bin, { args: ["wait", id, "--no-cancel"], env: bed.env, cwd: bed.folder });
    await wait.waitForLine("1 of 2 done", 20_000);
    expect(await wait.stop("SIGINT")).toMatchObject({ signal: "SIGINT" });
    expect(await bed.client.taskset(id).refresh()).toMatchObject({ status: "running" });
    await bed.client.taskset(id).cancel();
  }, 60_000);
});

describe("cancel --name", () => {
  test("cancels the active taskset of the name, and none when there is none", async () => {
    const id = await taskset("named");
    expect(await bed.call(["cancel", "--name", "named", "--wait"])).toMatchObject({
      code: 0,
      stdout: `${id} cancelled\n`,
    });
    expect(await bed.call(["cancel", "--name", "named"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "no active taskset is called named\n",
    });
    expect(await bed.call(["cancel"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--name NAME") as string,
    });
  });
});
