/*
 * The process that feeds one target, so that a crash or a leak is the target's own. Nothing of what is fuzzed is loaded
 * before coverage has begun: code that was compiled before does not count its blocks.
 */
import { Coverage } from "../coverage/coverage.js";
import type { Failure } from "./failure.js";
import type { Order, Word } from "./message.js";

const tellMs = 250;

function say(word: Word): void {
  process.send?.(word);
}

let toldMs = 0;
function tell(progress: { readonly cases: number; readonly page: number }): void {
  if (performance.now() - toldMs < tellMs) return;
  toldMs = performance.now();
  say({ is: "progress", ...progress });
}

async function play(order: Order): Promise<void> {
  const coverage = new Coverage();
  if (order.does === "grow") coverage.start();
  const { findTarget } = await import("../target/registry.js");
  const { grownFolder, keptFolder, readCorpus, replaceCorpus } = await import("../corpus/corpus.js");
  const target = await findTarget(order.target);
  const { seed, limitMs } = order;
  const corpus = [keptFolder, grownFolder].flatMap((folder) =>
    readCorpus(folder, target.name).map(({ input }) => input),
  );
  const failed = (failure: Failure): void => say({ is: "failure", failure });
  if (order.does === "drive") {
    const { drive } = await import("./drive.js");
    const { firstPage, casesMax } = order;
    const report = await drive({
      target,
      seed,
      corpus,
      limitMs,
      firstPage,
      casesMax,
      folder: keptFolder,
      tell,
      failed,
    });
    return say({ is: "driven", report });
  }
  const { grow } = await import("./grow.js");
  const folders = { folder: grownFolder, failureFolder: keptFolder };
  const { smallest, ...report } = await grow({ target, seed, corpus, limitMs, coverage, ...folders, tell, failed });
  if (order.isKept) replaceCorpus(keptFolder, target.name, smallest);
  say({ is: "grown", report: { ...report, corpus: smallest.length } });
}

// Also when the one that feeds it is killed.
process.once("disconnect", () => process.exit());
process.once("message", (order: Order) => {
  void play(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(70);
    },
  );
});
