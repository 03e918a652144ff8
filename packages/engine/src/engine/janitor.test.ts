import { times } from "@capstan/protocol";
import type { PruneOptions } from "@capstan/store";
import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed } from "./engine-bed.test.support.js";
import { Janitor, type Retention } from "./janitor.js";

const defaults = {
  taskMs: times.taskRetentionMs,
  logMs: times.logRetentionMs,
  blobMs: times.blobRetentionMs,
  estimateMs: times.estimateRetentionMs,
};

interface Watched {
  readonly janitor: Janitor;
  readonly steps: PruneOptions[];
  /** Lets time pass, and the janitor do what it does then. */
  readonly advance: (ms: number) => Promise<void>;
}

/** A janitor of the bed's store, with a count of its steps. */
function janitorOf(bed: EngineBed, retention: Retention = {}): Watched {
  const steps: PruneOptions[] = [];
  const pruned: Promise<unknown>[] = [];
  const { store } = bed.store;
  const counted = new Proxy(store, {
    get: (target, name) => {
      if (name !== "prune") return Reflect.get(target, name, target) as unknown;
      return (options: PruneOptions) => {
        steps.push(options);
        const step = target.prune(options);
        pruned.push(step);
        return step;
      };
    },
  });
  const parts = { store: counted, clock: bed.clock, retention: { ...defaults, ...retention } };
  return {
    janitor: new Janitor({ ...parts, failed: (error) => expect(error).toBeUndefined() }),
    steps,
    advance: async (ms) => {
      await bed.advance(ms);
      await Promise.all(pruned);
      await bed.settle();
    },
  };
}

describe("the janitor", () => {
  it(
    "deletes a finished task soon after a retention that is short, and not before",
    withBed(async (bed) => {
      const { janitor, advance } = janitorOf(bed, { taskMs: 60_000 });
      const { task } = await bed.launch({ delayMs: 1_000_000 });
      await bed.operations.cancelTask(namespace, task);
      for (const ms of [15_000, 15_000, 15_000, 14_000]) await advance(ms);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("cancelled");
      for (const ms of [1_000, 15_000]) await advance(ms);
      await expect(bed.operations.getTask(namespace, task)).rejects.toMatchObject({ code: "not-found" });
      janitor.stop();
    }),
  );

  it(
    "looks no more often than every five minutes where things are kept for days",
    withBed(async (bed) => {
      const { janitor, steps, advance } = janitorOf(bed);
      await advance(299_000);
      expect(steps).toHaveLength(0);
      await advance(2_000);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps[0]).toMatchObject({ taskRetentionMs: defaults.taskMs, blobRetentionMs: defaults.blobMs });
      janitor.stop();
    }),
  );
});
