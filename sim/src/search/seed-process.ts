import { simulate, stepsOf } from "../simulation.js";
import type { SeedAnswer, SeedOrder } from "./seed-message.js";

/** A process that runs the seeds it is told, one after another. */
async function runSeed({ seed, durationMs, stepsMax, checkEvery }: SeedOrder): Promise<SeedAnswer> {
  const startedMs = performance.now();
  const passedMs = (): number => Math.round(performance.now() - startedMs);
  try {
    const limits = { durationMs, checkEvery, stepsMax: stepsMax ?? Infinity };
    const { faults, refusals: _, ...report } = await simulate({ seed, ...limits });
    return { seed, ms: passedMs(), report: { ...report, faults: Object.fromEntries(faults) } };
  } catch (caught) {
    const error = caught instanceof Error ? caught : new Error(String(caught));
    const failure = { message: error.message, stack: error.stack ?? "", steps: stepsOf(error) };
    return { seed, ms: passedMs(), failure };
  }
}

process.on("message", (order: SeedOrder) => {
  void runSeed(order).then((answer) => process.send!(answer));
});
process.on("disconnect", () => process.exit());
