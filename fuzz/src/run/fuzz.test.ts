import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCorpus } from "../corpus/corpus.js";
import { broken } from "../invariant/broken.js";
import { textOf } from "../input/byte-string.js";
import { stateless, type Target } from "../target/target.js";
import { drive } from "./drive.js";
import type { Failure } from "./failure.js";
import { Feeder } from "./feeder.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fuzz-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const json: Pick<Target, "name" | "kind" | "seeds" | "jsonAt"> = {
  name: "planted",
  kind: "text",
  jsonAt: 0,
  seeds: fc.record({ a: fc.nat(), b: fc.array(fc.string()) }).map((value) => JSON.stringify(value)),
};

function fails(take: (value: Record<string, unknown>) => void): Target {
  const open = stateless((input) => {
    let value: unknown;
    try {
      value = JSON.parse(textOf(input));
    } catch {
      return;
    }
    if (typeof value === "object" && value !== null) take(value as Record<string, unknown>);
  });
  return { ...json, open };
}

async function run(target: Target): Promise<Failure[]> {
  const failures: Failure[] = [];
  const more = { limitMs: 20_000, casesMax: 20_000, firstPage: 0, corpus: [], folder, tell: () => {} };
  await drive({ target, seed: 1, ...more, failed: (failure) => failures.push(failure) });
  return failures;
}

describe("a planted fault", () => {
  test("is found, told once, made small, and kept to be replayed", async () => {
    const target = fails(({ b }) => void (Array.isArray(b) && b.length > 4 && broken("more than four", b)));
    const failures = await run(target);
    expect(failures.map(({ message }) => message)).toEqual(['BrokenInvariant: more than four · ["","","","",""]']);
    expect(failures[0]!.input).toBe('{"b":["","","","",""]}');
    expect(readCorpus(folder, "planted").map(({ input }) => input)).toEqual([failures[0]!.input]);
  });

  test("that gets into a prototype is found", async () => {
    const target = fails((value) => {
      const into = {} as Record<string, Record<string, unknown>>;
      for (const [name, part] of Object.entries(value)) Object.assign(into[name] ?? {}, part);
    });
    expect((await run(target))[0]?.message).toContain("the prototype of Object has other properties");
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("of an error that is none of Capstan's is found", async () => {
    const target = fails(({ a }) => void (a as number).toFixed());
    expect((await run(target))[0]?.message).toContain("TypeError");
  });

  test("that takes too long is found", async () => {
    const slow = fails(({ a }) => {
      if (typeof a === "string") for (const start = process.cpuUsage(); process.cpuUsage(start).user < 60_000;);
    });
    const feeder = new Feeder({ ...slow, inputMsMax: 20 }, await slow.open());
    const caught = await feeder.feed(['{"a":1}', '{"a":"x"}']);
    expect(caught.map(({ input }) => input)).toEqual(['{"a":"x"}']);
  });
});
