import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { ResolvedDefinition } from "../registry/resolved-definition.js";
import { SpecBook, type SpecRequest } from "./spec-book.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const resolved = { name: "demo/run", plugin: "demo", revision: "rev_1", runtime: "node", policy: {} };

function request(priority: number): SpecRequest {
  return {
    namespace: "default",
    resolved: resolved as unknown as ResolvedDefinition,
    profile: "job",
    tasksetPolicy: null,
    override: { concurrency: { key: `key ${priority}`, limit: 1 } },
  };
}

test("a spec that is held stays the same object, whatever comes after it, and others are let go", async () => {
  const book = new SpecBook(10);
  const held = book.specOf(request(0));
  for (let n = 1; n < 1_000; n += 1) {
    book.specOf(request(n));
    if (n % 100 === 0) {
      // What a turn of the loop has looked at is held until its end.
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
  }
  expect(book.specOf(request(0))).toBe(held);
  expect(book.size).toBeLessThan(500);
});
