import fc from "fast-check";
import {
  encodeIdBody,
  idPrefixes,
  isId,
  makeId,
  parseId,
  parseTrialId,
  trialIdOf,
  type IdKind,
} from "@capstan/protocol";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const kinds = Object.keys(idPrefixes) as IdKind[];
const parts = fc.record({
  timeMs: fc.nat({ max: 2 ** 48 - 1 }),
  partition: fc.nat({ max: 63 }),
  epoch: fc.nat({ max: 2 ** 24 - 1 }),
  sequence: fc.nat({ max: 2 ** 32 - 1 }),
});
const ids = fc.tuple(fc.constantFrom(...kinds), parts).map(([kind, given]) => makeId(kind, given));
const trials = fc
  .tuple(parts, fc.integer({ min: 1, max: 999_999 }))
  .map(([given, n]) => `trial_${encodeIdBody(given)}_${n}`);

/** Ids: what is taken apart gives the same id again. */
export const id: Target = {
  name: "id",
  kind: "text",
  seeds: textSeeds(ids, trials),
  words: [...Object.values(idPrefixes), "trial_", "_1"],
  open: stateless((input) => {
    const text = textOf(input);
    for (const kind of kinds) {
      const outcome = decode(() => parseId(kind, text), ["invalid-id"]);
      if (isId(kind, text) !== "value" in outcome) broken("isId and parseId differ", text);
      if ("value" in outcome && makeId(kind, outcome.value) !== text)
        broken("an id becomes another", text, outcome.value);
    }
    const trial = decode(() => parseTrialId(text), ["invalid-id"]);
    if ("value" in trial && trialIdOf(trial.value.task, trial.value.n) !== text)
      broken("a trial id becomes another", text, trial.value);
  }),
};
