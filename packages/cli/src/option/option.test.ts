import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCount } from "./count.js";
import { parseDuration } from "./duration.js";
import { parseShare } from "./share.js";
import { parseWord } from "./word.js";

describe("parseDuration", () => {
  test.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5s", 1_500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    [" 0s ", 0],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text, "--timeout")).toBe(ms);
  });

  test.each(["", "s", "5", "5x", "-5s", "5 s", "1e3s", "5s!", "s5", "1,5s"])(
    "refuses %j and says how to write it",
    (text) => {
      expect(() => parseDuration(text, "--timeout")).toThrow(/^--timeout is ".*": write /);
    },
  );

  test("tells what a bare number would be in seconds", () => {
    expect(() => parseDuration("30", "--timeout")).toThrow('--timeout is "30": write 30s for seconds');
  });

  test("tells as much of a long text as helps", () => {
    for (const text of ["9".repeat(10_000), `${"9".repeat(10_000)}d`, "x".repeat(10_000)]) {
      expect(() => parseDuration(text, "--timeout")).toThrow(/^.{20,200}$/);
    }
  });

  test("refuses more than 366 days", () => {
    expect(parseDuration("366d", "--delay")).toBe(366 * 86_400_000);
    expect(() => parseDuration("367d", "--delay")).toThrow("the longest is 366d");
  });

  test("adds up its parts, and never gives anything but whole milliseconds", () => {
    const part = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom("ms", "s", "m", "h"));
    const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.map(([count, unit]) => `${count}${unit}`).join("");
        const ms = parts.reduce((sum, [count, unit]) => sum + count * unitMs[unit], 0);
        expect(parseDuration(text, "--timeout")).toBe(ms);
      }),
    );
  });
});

test("parseCount keeps to its bounds", () => {
  expect(parseCount("7", "--jobs")).toBe(7);
  expect(parseCount("0", "--port", { min: 0 })).toBe(0);
  for (const text of ["0", "-1", "1.5", "1e3", "", "many", "9999999999999999"]) {
    expect(() => parseCount(text, "--jobs")).toThrow(`--jobs is "${text}": give a whole number from 1 to 1000000`);
  }
});

test("parseWord names the words", () => {
  expect(parseWord("test", "--profile", ["job", "test"])).toBe("test");
  expect(() => parseWord("tests", "--profile", ["job", "test"])).toThrow(
    '--profile is "tests": it is one of job, test',
  );
});

describe("parseShare", () => {
  test.each([
    ["5%", 0.05],
    ["0.5", 0.5],
    ["0", 0],
    ["150%", 1.5],
  ])("%s is %d", (text, share) => {
    expect(parseShare(text, "--max-retry-share")).toBe(share);
  });

  test.each(["", "%", "-1%", "five", "5 %"])("refuses %j and says how to write it", (text) => {
    expect(() => parseShare(text, "--max-retry-share")).toThrow(/give a share such as 5% or 0.05/);
  });
});
