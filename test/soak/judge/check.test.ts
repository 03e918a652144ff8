import { SeededRandom } from "@capstan/testkit";
import { describe, expect, it } from "vitest";
import { checkBounded, checkNone, checkSteady, checkTrend } from "./check.js";
import type { Point } from "./statistic.js";

/** An hour after warm-up, sampled every 5 s. */
const samples = 720;

function series(value: (hours: number, at: number) => number, count = samples): Point[] {
  return Array.from({ length: count }, (_, at) => ({ x: at / samples, y: value(at / samples, at) }));
}

/** Memory as it looks from outside: a saw of 12 MB, noise, and now and then a peak. */
function memory(seed: number, leakPerHour: number, count = samples): Point[] {
  const random = new SeededRandom(seed);
  const noise = (): number => random.int(0, 300) / 100;
  return series(
    (hours, at) => 80 + leakPerHour * hours + (at % 17) * 0.7 + noise() + (random.chance(0.02) ? 60 : 0),
    count,
  );
}

const trend = { name: "heap", unit: "MB", perHourMax: 8, least: 4 };
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

describe("memory", () => {
  it("that is noisy and flat is flat, whatever the noise", () => {
    for (const seed of seeds) expect(checkTrend(memory(seed, 0), trend).answer).toBe("flat");
  });

  it("that leaks under a noise larger than the leak is growing", () => {
    for (const seed of seeds) expect(checkTrend(memory(seed, 14), trend).answer).toBe("growing");
  });

  it("that is given back is flat", () => {
    expect(checkTrend(memory(1, -30), trend).answer).toBe("flat");
  });

  it("that made one jump is not growing, and one that goes on jumping is", () => {
    const one = series((hours) => (hours < 0.3 ? 80 : 100));
    const many = series((hours) => 80 + 5 * Math.floor(hours * 6));
    expect(checkTrend(one, trend).answer).not.toBe("growing");
    expect(checkTrend(many, trend).answer).toBe("growing");
  });

  it("of which too little is known is unclear, never flat", () => {
    for (const seed of seeds) expect(checkTrend(memory(seed, 0, 20), trend).answer).not.toBe("growing");
    expect(checkTrend(memory(1, 0, 2), trend).answer).toBe("unclear");
    expect(checkTrend([], trend).answer).toBe("unclear");
  });
});

describe("descriptors", () => {
  const steady = { name: "descriptors", unit: "", allowance: 3 };

  it("that come and go are flat", () => {
    expect(
      checkSteady(
        series((_, at) => 40 + (at % 9)),
        steady,
      ).answer,
    ).toBe("flat");
  });

  it("of which more are needed while the machine is slow are flat", () => {
    const slow = series((hours, at) => 40 + (at % 9) + (hours > 0.85 && at % 40 > 10 ? 60 : 0));
    expect(checkSteady(slow, steady).answer).toBe("flat");
  });

  it("one of which is forgotten every ten minutes are growing", () => {
    expect(
      checkSteady(
        series((hours, at) => 40 + (at % 9) + Math.floor(hours * 6)),
        steady,
      ).answer,
    ).toBe("growing");
  });

  it("that were never looked at, or for a minute only, are unclear", () => {
    expect(checkSteady([], steady).answer).toBe("unclear");
    expect(
      checkSteady(
        series((_, at) => 20 + 10 * at, 12),
        steady,
      ).answer,
    ).toBe("unclear");
  });
});

describe("disk", () => {
  const bound = { name: "disk", unit: "MB", settleHours: 0.1, percent: 10, allowance: 1 };

  it("that retention has settled is flat, with a peak in the last third too", () => {
    expect(
      checkBounded(
        series((hours, at) => Math.min(50, hours * 500) + (at === 600 ? 40 : 0)),
        bound,
      ).answer,
    ).toBe("flat");
  });

  it("of which a part is never deleted is growing", () => {
    expect(
      checkBounded(
        series((hours) => 30 + 40 * hours),
        bound,
      ).answer,
    ).toBe("growing");
  });

  it("is unclear before retention can have settled it", () => {
    expect(
      checkBounded(
        series((hours) => hours, 120),
        bound,
      ).answer,
    ).toBe("unclear");
  });
});

describe("what must not happen", () => {
  it("did when it was counted once", () => {
    expect(checkNone("wrong verdicts", 0).answer).toBe("flat");
    expect(checkNone("wrong verdicts", 2)).toMatchObject({ answer: "growing", seen: "2" });
  });
});
