import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planPartitions } from "./plan-partitions.js";
import type { PartitionStanding, Standing } from "./standing.js";

const count = 64;
const names = ["a", "b", "c", "d", "e"];

const engineOf = (id: string, weight = 1, remainingMs = 1) => ({ id, address: `http://${id}`, weight, remainingMs });
const free: Omit<PartitionStanding, "partition"> = { epoch: 1, engine: null, handedTo: null };

/** Some engines with weights, a few of them gone, and partitions with anybody, on their way to anybody, or free. */
const standings: fc.Arbitrary<Standing> = fc.record({
  engines: fc
    .array(fc.record({ weight: fc.integer({ min: 0, max: 4 }), remainingMs: fc.constantFrom(1, 1, 1, 0) }), {
      minLength: 1,
      maxLength: names.length,
    })
    .map((list) => list.map(({ weight, remainingMs }, at) => engineOf(names[at]!, weight, remainingMs))),
  partitions: fc
    .array(fc.tuple(fc.option(fc.constantFrom(...names, "gone")), fc.option(fc.constantFrom(...names, "gone"))), {
      minLength: count,
      maxLength: count,
    })
    .map((list) => list.map(([engine, handedTo], partition) => ({ partition, epoch: 1, engine, handedTo }))),
});

const liveIn = ({ engines }: Standing) => engines.filter(({ remainingMs }) => remainingMs > 0);
const isLive = (standing: Standing, id: string | null) => liveIn(standing).some((engine) => engine.id === id);
/** Who has a partition or is about to; undefined when nobody does. */
const holderOf = (standing: Standing, { engine, handedTo }: PartitionStanding) =>
  [engine ?? handedTo].find((id) => isLive(standing, id)) ?? undefined;

/** All engines do what they plan by one standing, at the same time. No two may change one partition. */
function step(standing: Standing): { readonly next: Standing; readonly moved: number } {
  const plans = standing.engines.map(({ id }) => ({ id, ...planPartitions(standing, id) }));
  const next = new Map(standing.partitions.map((of) => [of.partition, of]));
  const changed: number[] = [];
  const change = (partition: number, to: Partial<PartitionStanding>) => {
    changed.push(partition);
    next.set(partition, { ...next.get(partition)!, ...to });
  };
  for (const { id, take, handOver } of plans) {
    for (const partition of take) change(partition, { engine: id, handedTo: null });
    expect(handOver.filter(({ partition }) => next.get(partition)!.engine !== id)).toEqual([]);
    for (const { partition, to } of handOver) change(partition, { engine: null, handedTo: to });
  }
  expect(new Set(changed).size).toBe(changed.length);
  const moved = plans.reduce((sum, { handOver }) => sum + handOver.length, 0);
  return { next: { ...standing, partitions: [...next.values()] }, moved };
}

/** What is left to do after so many steps is nothing. */
function settle(standing: Standing): Standing {
  let now = standing;
  for (let at = 0; at < 4; at += 1) now = step(now).next;
  expect(step(now)).toEqual({ next: now, moved: 0 });
  return now;
}

function partsOf(standing: Standing): Map<string, number> {
  const live = liveIn(standing);
  const sum = live.reduce((all, { weight }) => all + weight, 0);
  return new Map(live.map(({ id, weight }) => [id, sum === 0 ? count / live.length : (count * weight) / sum]));
}

/** The fewest that have to leave their engine so that all are within one of their weights, by trying every way. */
function fewestMoves(standing: Standing): number {
  const parts = [...partsOf(standing)].map(([id, part]) => ({
    part,
    held: standing.partitions.filter((of) => holderOf(standing, of) === id).length,
  }));
  let fewest = Infinity;
  for (let ways = 0; ways < 2 ** parts.length; ways += 1) {
    const shares = parts.map(({ part }, at) => ((ways >> at) & 1 ? Math.ceil(part) : Math.floor(part)));
    if (shares.reduce((sum, share) => sum + share, 0) !== count) continue;
    fewest = Math.min(
      fewest,
      parts.reduce((sum, { held }, at) => sum + Math.max(0, held - shares[at]!), 0),
    );
  }
  return fewest;
}

describe("partitions that several engines share", () => {
  it("come to have one engine each that is there, within one of its weight", () => {
    fc.assert(
      fc.property(standings, (standing) => {
        fc.pre(liveIn(standing).length > 0);
        const settled = settle(standing);
        expect(settled.partitions.filter(({ engine }) => !isLive(settled, engine))).toEqual([]);
        for (const [id, part] of partsOf(settled)) {
          const held = settled.partitions.filter(({ engine }) => engine === id).length;
          expect(Math.abs(held - part)).toBeLessThan(1);
        }
      }),
    );
  });

  it("leave the engine that has them only where that cannot be helped", () => {
    fc.assert(
      fc.property(standings, (standing) => {
        fc.pre(liveIn(standing).length > 0);
        const settled = settle(standing);
        const moved = standing.partitions.filter((of, at) => {
          const holder = holderOf(standing, of);
          return holder !== undefined && settled.partitions[at]!.engine !== holder;
        });
        expect(moved).toHaveLength(fewestMoves(standing));
      }),
    );
  });

  it("are not for an engine that is gone, or not on the list", () => {
    const partitions = Array.from({ length: count }, (_, partition) => ({ partition, ...free }));
    const standing = { engines: [engineOf("a"), engineOf("b", 1, 0)], partitions };
    for (const id of ["b", "x"]) expect(planPartitions(standing, id)).toEqual({ take: [], handOver: [] });
    expect(planPartitions(standing, "a").take).toHaveLength(count);
  });

  it("move to an engine that joins, only as many as its share", () => {
    const partitions = Array.from({ length: count }, (_, partition) => ({ partition, ...free, engine: "a" }));
    const { handOver } = planPartitions({ engines: [engineOf("a"), engineOf("b")], partitions }, "a");
    expect(handOver).toHaveLength(count / 2);
    expect(new Set(handOver.map(({ to }) => to))).toEqual(new Set(["b"]));
  });
});
