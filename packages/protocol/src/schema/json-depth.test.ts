import fc from "fast-check";
import { expect, test } from "vitest";
import { isDeeper } from "./json-depth.js";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test("depth is that of objects and arrays, whatever stands in texts", () => {
  expect([isDeeper(nested(5), 5), isDeeper(nested(6), 5)]).toEqual([false, true]);
  expect(isDeeper(nested(1_000_000), 200)).toBe(true);
  expect(isDeeper(JSON.stringify(["[[[[[[[", '\\"[[[[[[', { '"{{{{': 1 }]), 2)).toBe(false);
  expect(isDeeper(`{"a":"\\\\","b":${nested(5)}}`, 5)).toBe(true);
});

test("depth is that of the value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat({ max: 8 }), (value, depthMax) => {
      expect(isDeeper(JSON.stringify(value), depthMax)).toBe(depthOf(value) > depthMax);
    }),
  );
});

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
