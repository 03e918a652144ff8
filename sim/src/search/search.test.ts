import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test, vi } from "vitest";
import { mutantVariable } from "../mutant/mutant-place.js";
import { resultText } from "../show.js";
import { ResultFile } from "./result-file.js";
import { search } from "./search.js";

test("a fault in the code is told with its seed, the commit, and the fewest steps that were found", async () => {
  vi.stubEnv(mutantVariable, "overbook a taskset");
  const imports = [new URL("../mutant/mutant-hook.js", import.meta.url).href];
  const told: string[] = [];
  const result = await search({
    from: 2,
    seeds: 1,
    jobs: 1,
    durationMs: 600_000,
    checkEvery: 20,
    commit: "abc",
    imports,
    failed: ({ seed, failure }) => told.push(`${seed} after ${failure!.steps}`),
  });
  vi.unstubAllEnvs();
  const [found] = result.found;
  expect(result).toMatchObject({
    seeds: 1,
    failed: 1,
    found: [{ seed: "2", message: expect.stringMatching(/slots/) }],
  });
  expect(told).toHaveLength(1);
  expect(found!.steps).toBeGreaterThan(0);
  expect(found!.steps).toBeLessThanOrEqual(Number(told[0]!.split(" ").at(-1)));
  const text = resultText(result, "10");
  expect(text).toContain("seed 2 fails at abc: ");
  expect(text).toContain(`npm run sim -- --seed 2 --minutes 10 --steps ${found!.steps}`);
});

test("a search goes on where it was interrupted, anew after another commit, and runs what failed again", () =>
  withFolder(async (folder) => {
    const path = join(folder, "seeds");
    const first = new ResultFile(path, "abc");
    first.add({ seed: "1", ms: 1 });
    first.add({ seed: "2", ms: 1, failure: { message: "wrong", stack: "", steps: 3 } });
    const again = new ResultFile(path, "abc");
    expect([again.has("1"), again.has("2"), again.has("3")]).toEqual([true, false, false]);
    expect(again.answers.map(({ seed }) => seed)).toEqual(["1"]);
    expect(new ResultFile(path, "def").has("1")).toBe(false);
    expect(new ResultFile(path, "abc").has("1")).toBe(false);
  }));
