import { describe, expect, test } from "vitest";
import { bisect, type BisectionParts, type Probe, type Round } from "./bisection.js";

const files = Array.from({ length: 20 }, (_, at) => `${String.fromCodePoint(97 + at)}.js`);

/** A suite in which the file fails after some others. */
function suite(fails: (before: readonly string[], probes: number) => Partial<Probe>, atOnce = 4) {
  const rounds: Round[] = [];
  let probes = 0;
  let running = 0;
  let runningMax = 0;
  const parts: BisectionParts = {
    atOnce,
    onRound: (round) => rounds.push(round),
    probe: async (before) => {
      runningMax = Math.max(runningMax, (running += 1));
      await Promise.resolve();
      running -= 1;
      return { runs: 3, failed: 0, broken: 0, ...fails(before, (probes += 1)) };
    },
  };
  return { parts, rounds, most: () => runningMax };
}
const after =
  (...culprits: readonly string[]) =>
  (before: readonly string[]): Partial<Probe> => ({
    failed: culprits.every((each) => before.includes(each)) ? 2 : 0,
    message: "polluted",
  });

describe("a bisection", () => {
  test("finds the files to blame, in their order, and tells each round with what is left", async () => {
    const { parts, rounds, most } = suite(after("m.js", "c.js"));
    expect(await bisect(files, parts)).toMatchObject({
      outcome: "found",
      culprits: ["c.js", "m.js"],
      failed: { failed: 2, message: "polluted" },
    });
    expect(rounds[0]).toEqual({ round: 1, step: "check", files: 20, probes: 2, roundsLeft: 5 });
    expect(rounds.at(-1)).toEqual({ round: rounds.length, step: "confirm", files: 2, probes: 2, roundsLeft: 1 });
    expect(rounds.map(({ round }) => round)).toEqual(rounds.map((_, at) => at + 1));
    expect(most()).toBe(4);
  });

  test("runs one probe at a time where there is one slot", async () => {
    const { parts, most } = suite(after("t.js"), 1);
    expect(await bisect(files, parts)).toMatchObject({ outcome: "found", culprits: ["t.js"] });
    expect(most()).toBe(1);
  });

  test.each([
    ["fails-alone", () => ({ failed: 3 })],
    ["flaky-alone", () => ({ failed: 1 })],
    ["never-fails", () => ({})],
    ["broken", (before: readonly string[]) => ({ broken: before.length > 0 ? 3 : 0 })],
    ["broken", () => ({ broken: 3 })],
  ] as const)("says %s after the first round", async (outcome, fails) => {
    const { parts, rounds } = suite(fails);
    expect(await bisect(files, parts)).toMatchObject({ outcome });
    expect(rounds).toHaveLength(1);
  });

  test("is unsteady when the file fails alone in the end, or passes after those that were found", async () => {
    const leaving = suite((before, probes) => ({ failed: before.includes("c.js") || probes > 6 ? 3 : 0 }));
    expect(await bisect(files, leaving.parts)).toMatchObject({ outcome: "unsteady" });
    const passing = suite((before) => ({ failed: before.length > 4 ? 3 : 0 }));
    const seen = await bisect(files, passing.parts);
    expect(seen).toMatchObject({ outcome: "found" });
  });

  test.each([
    ["alone", (before: readonly string[]) => before.length === 0],
    ["after those that were found", (before: readonly string[]) => before.length > 0],
  ])("is unsteady, and says why, when the last run %s comes to no end", async (_, isBroken) => {
    const last = { broken: 3, failed: 0, message: "timeout" };
    const { parts, rounds } = suite((before) =>
      rounds.at(-1)?.step === "confirm" && isBroken(before) ? last : after("c.js")(before),
    );
    const seen = await bisect(files, parts);
    expect(seen).toMatchObject({ outcome: "unsteady", culprits: ["c.js"], failed: last });
  });
});
