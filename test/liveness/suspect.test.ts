import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TaskHandle } from "@capstan/client";
import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

const innocents = 5;

interface Launched {
  readonly innocent: readonly TaskHandle[];
  readonly guilty: TaskHandle;
  /** Lets the guilty one do what it does, from now on. */
  readonly strike: () => void;
  /** Lets the innocent ones end. */
  readonly let: () => void;
}

/** Tasks that wait, and one among them that takes others down with it; without budgets that would pay for its deeds. */
async function launch(bed: ProcessBed, guiltyDefinition: string): Promise<Launched> {
  const [strikeFile, letFile] = [join(bed.folder, "strike"), join(bed.folder, "let")];
  const { file: journal } = bed.journal;
  const innocent = await bed.client.launchMany(
    "probe/stay",
    Array.from({ length: innocents }, (_, n) => ({ journal, n, until: letFile })),
    { policy: { maxTrials: 1, maxLosses: 0 } },
  );
  const guilty = await bed.client.launch(
    guiltyDefinition,
    { journal, n: innocents, until: strikeFile },
    { policy: { maxTrials: 3, maxLosses: 1, backoff: { initialMs: 10 } } },
  );
  return {
    innocent,
    guilty,
    strike: () => writeFileSync(strikeFile, ""),
    let: () => writeFileSync(letFile, ""),
  };
}

test("a task that kills the executor that it shares fails, and those that died with it succeed", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    await deployProbe(bed.client);
    await bed.startWorker("one", { slots: innocents + 1 });
    const { innocent, guilty, strike, let: letEnd } = await launch(bed, "probe/fatal");
    const together = await bed.journal.waitForCount("begin", innocents + 1);
    expect(new Set(together.map(({ pid }) => pid)).size).toBe(1);
    strike();
    // All run again, each in an executor of its own; the guilty one dies there at once, alone.
    await bed.journal.waitForCount("begin", 2 * (innocents + 1));
    letEnd();
    const verdict = await guilty.outcome({ timeoutMs: 30_000 });
    expect(verdict).toMatchObject({ status: "failed", cause: "error", trials: { counted: 3, total: 4 } });
    for (const task of innocent) {
      expect(await task.outcome({ timeoutMs: 30_000 })).toMatchObject({
        status: "succeeded",
        trials: { counted: 0, total: 2 },
      });
    }
  });
}, 60_000);

test("a task that kills its worker fails, and those that died with it succeed", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    await deployProbe(bed.client);
    const { innocent, guilty, strike, let: letEnd } = await launch(bed, "probe/fatalToWorker");
    const verdict = guilty.outcome({ timeoutMs: 60_000 });
    const isJudged = verdict.then(() => true);
    let lives = 0;
    for (;;) {
      const { script } = await bed.startWorker(`life-${lives + 1}`, { slots: innocents + 1 });
      lives += 1;
      if (lives === 1) {
        await bed.journal.waitForCount("begin", innocents + 1);
        strike();
      } else if (lives === 3) letEnd();
      if (await Promise.race([isJudged, script.exited.then(() => false)])) break;
    }
    expect(await verdict).toMatchObject({ status: "failed", cause: "no-more-losses" });
    await bed.startWorker("last", { slots: innocents + 1 });
    for (const task of innocent) {
      expect(await task.outcome({ timeoutMs: 30_000 })).toMatchObject({ status: "succeeded", trials: { lost: 0 } });
    }
  });
}, 120_000);
