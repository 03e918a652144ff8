import type { BlobRef } from "@capstan/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../tree/tree-digest.js";
import { planPacks } from "./plan-packs.js";

const blob = (bytes: number, at: number): BlobRef => ({ digest: digestOf(String(at)), bytes });

test("every blob is in one pack, once, and no pack is larger than asked for unless it has one blob", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 150 })),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 5 }),
      (sizes, packBytes, packBlobsMax) => {
        const blobs = sizes.map(blob);
        const packs = planPacks([...blobs, ...blobs], { packBytes, packBlobsMax });
        expect(new Set(packs.flat())).toEqual(new Set(blobs));
        expect(packs.flat()).toHaveLength(blobs.length);
        for (const each of packs) {
          expect(each.length).toBeLessThanOrEqual(packBlobsMax);
          expect(each.length).toBeGreaterThan(0);
          const bytes = each.reduce((sum, { bytes }) => sum + bytes, 0);
          if (each.length > 1) expect(bytes).toBeLessThanOrEqual(packBytes);
        }
      },
    ),
  );
});

test("large blobs come first and alone", () => {
  const [small, large, other] = [blob(3, 1), blob(20, 2), blob(4, 3)];
  expect(planPacks([small, large, other], { packBytes: 10 })).toEqual([[large], [small, other]]);
});
