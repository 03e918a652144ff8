import { expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();

/** A taskset of that name that runs until it is cancelled. */
async function active(name: string): Promise<string> {
  const launched = await bed.call(["launch", "command/run", "--stdin", "--name", name, "--json"], {
    stdin: '{"command":"sleep 60"}\n',
  });
  return launched.json[0]!["taskset"] as string;
}

test("--replace cancels the active taskset of the name, waits for its end, and launches", async () => {
  const old = await active("unit");
  const refused = await bed.call(["run", "--name", "unit", "--", "true"]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--replace") as string });
  const { code, stderr, stdout } = await bed.call(["run", "--name", "unit", "--replace", "--", "true"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: `replacing ${old}: waiting for its end\n` });
  expect(stdout).toContain("unit: 1 task launched\n");
  expect(await bed.client.taskset(old).refresh()).toMatchObject({ status: "cancelled" });
  expect((await bed.call(["run", "--name", "unit", "--replace", "--", "true"])).stderr).toBe("");
});

test("of several that replace each other one stays, and all others are told that they were cancelled", async () => {
  await active("busy");
  const argv = ["run", "--name", "busy", "--replace", "--json", "--", "sleep 0.3"];
  const results = await Promise.all([1, 2, 3].map(() => bed.call(argv)));
  const statuses = results.map(({ json }) => (json.at(-1)!["taskset"] as { status: string }).status);
  expect(statuses).toContain("succeeded");
  for (const status of statuses) expect(["succeeded", "cancelled"]).toContain(status);
  expect(results.map(({ code }) => code)).toEqual(statuses.map((status) => (status === "succeeded" ? 0 : 1)));
});

test("a rerun takes the name again, and is refused while another has it", async () => {
  const old = await active("again");
  await bed.call(["cancel", old, "--wait"]);
  const now = await active("again");
  expect(await bed.call(["rerun", old])).toMatchObject({ code: 1, stderr: expect.stringContaining(now) as string });
  await bed.call(["cancel", now, "--wait"]);
  expect((await bed.call(["rerun", old])).code).toBe(0);
  expect((await bed.call(["rerun", now])).stderr).toContain(old);
  await bed.call(["cancel", old, "--wait"]);
});

test("a signal while the old one ends launches nothing", async () => {
  const stdin = `${JSON.stringify({ command: "trap '' TERM; echo deaf; sleep 60 & wait; wait" })}\n`;
  const { json } = await bed.call(["launch", "command/run", "--stdin", "--name", "deaf", "--json"], { stdin });
  const old = json[0]!["taskset"] as string;
  // It is deaf to the word to stop once it has said so.
  for await (const { id } of bed.client.taskset(old).tasks())
    for await (const { text } of bed.client.task(id).logs({ follow: true })) if (text.includes("deaf")) break;
  const { code, stdout } = await bed.call(["run", "--name", "deaf", "--replace", "--", "true"], {
    onStderr: (text, signal) => {
      if (text.endsWith("waiting for its end\n")) signal("SIGINT");
    },
  });
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  expect(await bed.client.taskset(old).refresh()).toMatchObject({ status: "cancelling" });
});

test("--replace without a name is refused", async () => {
  expect(await bed.call(["run", "--replace", "--", "true"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("give the taskset one by --name") as string,
  });
});
