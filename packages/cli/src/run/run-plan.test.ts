import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TasksetEntry } from "@capstan/client";
import { limits } from "@capstan/protocol";
import { classOf, KeySource } from "./item.js";
import { makeRunPlan, type RunSettings } from "./run-plan.js";
import { TailBuffer } from "./tail.js";

async function entriesOf(settings: RunSettings): Promise<TasksetEntry[]> {
  const entries: TasksetEntry[] = [];
  for await (const entry of makeRunPlan(settings).tasks) entries.push(entry);
  return entries;
}

describe("makeRunPlan", () => {
  test("makes a task of each item, keyed by it", async () => {
    const settings = { command: ["node", "{}"], items: ["a.js", "b.js", "a.js"], cwd: "/work", setup: "npm ci" };
    expect(await entriesOf(settings)).toEqual([
      { key: "a.js", input: { command: ["node", "a.js"], cwd: "/work", setup: "npm ci" } },
      { key: "b.js", input: { command: ["node", "b.js"], cwd: "/work", setup: "npm ci" } },
      { key: "a.js #2", input: { command: ["node", "a.js"], cwd: "/work", setup: "npm ci" } },
    ]);
  });

  test("lets the command line override the file, and a task its file", async () => {
    const file = {
      name: "nightly",
      jobs: 8,
      maxTrials: 5,
      timeout: "1m",
      env: { A: "file", B: "file" },
      tasks: [{ command: "make", env: { B: "task" }, timeout: "5s", priority: 9 }],
    };
    const settings = { command: [], file, jobs: 2, timeoutMs: 7_000, env: { A: "line" } };
    expect(makeRunPlan(settings)).toMatchObject({
      name: "nightly",
      class: "nightly",
      limits: { maxSlots: 2 },
      policy: { maxTrials: 5, timeoutMs: 7_000 },
    });
    expect(await entriesOf(settings)).toEqual([
      {
        key: "make",
        input: { command: "make", env: { A: "line", B: "task" } },
        policy: { timeoutMs: 5_000, priority: 9 },
      },
    ]);
  });

  test("refuses to run nothing", async () => {
    expect(() => makeRunPlan({ command: [] })).toThrow("there is no command to run");
    await expect(entriesOf({ command: ["make"], items: [] })).rejects.toThrow("the list of items is empty");
  });
});

test("keys are unique and short, whatever the items are", () => {
  const item = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("a", "a #2", "x".repeat(600), "日".repeat(300)),
  );
  fc.assert(
    fc.property(fc.array(item, { maxLength: 30 }), (items) => {
      const source = new KeySource();
      const keys = items.map((text) => source.next(text));
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) {
        expect(key).not.toBe("");
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(limits.keyBytesMax);
      }
    }),
  );
});

test("the class of a command is a name", () => {
  expect(classOf(["node", "--test", "{}"])).toBe("node-test");
  expect(classOf(["./run.sh {} > x"])).toBe("run.sh-x");
  expect(classOf(["{}"])).toBeUndefined();
});

test("a tail has the last lines and counts the others, in whatever pieces they come", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 1, max: 5_000 }), (count, size) => {
      const text = Array.from({ length: count }, (_, at) => `line ${at} ${"x".repeat(at % 90)}\n`).join("");
      const tail = new TailBuffer();
      for (let at = 0; at < text.length; at += size) tail.push(text.slice(at, at + size));
      const { lines, linesBefore } = tail.end();
      expect(lines.length + linesBefore).toBe(count);
      expect(lines.every((line, at) => line.startsWith(`line ${linesBefore + at} `))).toBe(true);
      expect(lines.length).toBeGreaterThanOrEqual(Math.min(count, 40));
    }),
    { numRuns: 50 },
  );
});
