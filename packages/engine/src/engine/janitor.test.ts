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

/** A janitor of the bed's store, with a count of its steps. */
function janitorOf(bed: EngineBed, retention: Retention = {}): { janitor: Janitor; steps: PruneOptions[] } {
  const steps: PruneOptions[] = [];
  const { store } = bed.store;
  const counted = new Proxy(store, {
    get: (target, name) => {
      if (name !== "prune") return Reflect.get(target, name, target) as unknown;
      return (options: PruneOptions) => {
        steps.push(options);
        return target.prune(options);
      };
    },
  });
  const parts = { store: counted, clock: bed.clock, retention: { ...defaults, ...retention } };
  return {
    janitor: new Janitor({ ...parts, failed: (error) => expect(error).toBeUndefined() }),
    steps,
  };
}

describe("the janitor", () => {
  it(
    "deletes a finished task soon after a retention that is short, and not before",
    withBed(async (bed) => {
      const { janitor } = janitorOf(bed, { taskMs: 60_000 });
      const { task } = await bed.launch({ delayMs: 1_000_000 });
      await bed.operations.cancelTask(namespace, task);
      await bed.advance(59_000);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("cancelled");
      await bed.advance(20_000);
      await expect(bed.operations.getTask(namespace, task)).rejects.toMatchObject({ code: "not-found" });
      janitor.stop();
    }),
  );

  it(
    "looks no more often than every five minutes where things are kept for days",
    withBed(async (bed) => {
      const { janitor, steps } = janitorOf(bed);
      await bed.advance(299_000);
      expect(steps).toHaveLength(0);
      await bed.advance(2_000);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps[0]).toMatchObject({ taskRetentionMs: defaults.taskMs, blobRetentionMs: defaults.blobMs });
      janitor.stop();
    }),
  );
});
