import fc from "fast-check";
import { expect, test } from "vitest";
import { Reduction } from "./reduction.js";

/** Reduces by what fails; gives what is left and how many rounds it took. */
function reduce(size: number, atOnce: number, fails: (some: readonly number[]) => boolean) {
  const reduction = new Reduction(
    Array.from({ length: size }, (_, at) => at),
    atOnce,
  );
  const estimated = reduction.roundsLeft;
  let rounds = 0;
  for (let { tries } = reduction; tries.length > 0; { tries } = reduction) {
    rounds += 1;
    const failed = tries.findIndex(fails);
    reduction.take(failed < 0 ? undefined : failed);
  }
  return { kept: reduction.kept, rounds, estimated };
}

test.each([2, 3, 4, 8])("one culprit is found within the rounds that were estimated, %d at once", (atOnce) => {
  for (const size of [1, 2, 3, 37, 1_000]) {
    for (const culprit of [0, Math.floor(size / 2), size - 1]) {
      const { kept, rounds, estimated } = reduce(size, atOnce, (some) => some.includes(culprit));
      expect(kept).toEqual([culprit]);
      expect(rounds).toBeLessThanOrEqual(estimated + 1);
    }
  }
});

test("several culprits are found in their order, and nothing beside them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 4 }),
      (size, atOnce, seeds) => {
        const culprits = [...new Set(seeds.map((seed) => seed % size))].toSorted((left, right) => left - right);
        const { kept } = reduce(size, atOnce, (some) => culprits.every((culprit) => some.includes(culprit)));
        expect(kept).toEqual(culprits);
      },
    ),
  );
});

test("what is left cannot lose any one, whatever fails", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (size, least) => {
      const fails = (some: readonly number[]): boolean => some.length >= Math.min(size, least);
      expect(reduce(size, 2, fails).kept).toHaveLength(Math.min(size, least));
    }),
  );
});
