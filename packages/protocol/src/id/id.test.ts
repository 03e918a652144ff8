import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CapstanError } from "../error/capstan-error.js";
import { idPrefixes, isId, makeId, parseId, parseTrialId, trialIdOf, type IdKind } from "./id.js";

const kind = fc.constantFrom(...(Object.keys(idPrefixes) as IdKind[]));
const parts = fc.record({
  timeMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  partition: fc.integer({ min: 0, max: 63 }),
  epoch: fc.integer({ min: 0, max: 2 ** 24 - 1 }),
  sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

describe("an id", () => {
  it("has the prefix of its kind, and gives time, partition, epoch and sequence back", () => {
    fc.assert(
      fc.property(kind, parts, (of, made) => {
        const id = makeId(of, made);
        expect(id).toMatch(new RegExp(`^${idPrefixes[of]}[0-9a-hjkmnp-tv-z]{22}$`));
        expect(parseId(of, id)).toEqual(made);
      }),
    );
  });

  it("sorts by the time it was made", () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        fc.pre(one.timeMs !== other.timeMs);
        expect(makeId("task", one) < makeId("task", other)).toBe(one.timeMs < other.timeMs);
      }),
    );
  });

  it("is refused by code when it is none, or of another kind", () => {
    fc.assert(
      fc.property(
        kind,
        fc.oneof(
          fc.string(),
          parts.map((made) => makeId("task", made)),
        ),
        (of, text) => {
          const parse = () => parseId(of, text);
          if (isId(of, text)) expect(makeId(of, parse())).toBe(text);
          else expect(parse).toThrow(CapstanError);
        },
      ),
    );
  });

  it("of a trial is that of its task with the trial's number", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 999_999 }), (made, n) => {
        const task = makeId("task", made);
        expect(parseTrialId(trialIdOf(task, n))).toEqual({ task, n });
      }),
    );
    expect(() => parseTrialId("trial_0000000000000000000000_0")).toThrow(CapstanError);
  });
});
