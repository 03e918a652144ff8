import { describe, expect, test } from "vitest";
import { CaseSource } from "../run/case-source.js";
import { describeThrown } from "../run/failure.js";
import { Feeder } from "../run/feeder.js";
import { findTarget, targetNames } from "../target/registry.js";
import { keptFolder, readCorpus } from "./corpus.js";

/** Inputs that are made anew in each run of the tests, a target. */
const smokeMs = 60;

describe.each(targetNames)("%s", async (name) => {
  const target = await findTarget(name);
  const corpus = readCorpus(keptFolder, name);

  test("takes all that broke it once, and all that reaches its corners", async () => {
    const taker = await target.open();
    const feeder = new Feeder(target, taker);
    for (const { file, input } of corpus) {
      const thrown = await feeder.probe(input);
      if (thrown !== undefined) expect.fail(`fuzz/corpus/${name}/${file}: ${describeThrown(thrown).message}`);
    }
    await taker.close?.();
  });

  test("takes arbitrary input", async () => {
    const taker = await target.open();
    const feeder = new Feeder(target, taker);
    const source = new CaseSource({ target, seed: 3, corpus: corpus.map(({ input }) => input) });
    source.turn(0);
    const endMs = performance.now() + smokeMs;
    do {
      const caught = await feeder.feed(Array.from({ length: 32 }, () => source.next()));
      for (const { input, thrown } of caught)
        expect.fail(`${JSON.stringify(input)}: ${describeThrown(thrown).message}`);
    } while (performance.now() < endMs);
    await taker.close?.();
  });
});
