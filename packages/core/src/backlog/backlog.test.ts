import { makeId, partitionOf } from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backlog, isRankBefore, type Stowed } from "./backlog.js";

const idOf = (sequence: number): string =>
  makeId("task", { timeMs: 1_800_000_000_000 + sequence, partition: sequence % 3, epoch: 3, sequence: sequence % 7 });

type Command = { kind: "push"; estimateMs: number | null } | { kind: "pop" } | { kind: "take" | "drop"; pick: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("push" as const), estimateMs: fc.option(fc.nat(5)) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pop" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("take" as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), pick: fc.nat(2) }) },
);

describe("a backlog", () => {
  it("gives back what was put in, in the order of the ranks, whatever is taken from the middle and whichever partition is dropped", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200, size: "max" }), (commands) => {
        const [backlog, model] = [new Backlog(), new Map<string, Stowed>()];
        for (const [order, each] of commands.entries()) apply(each, order, { backlog, model });
        const left = [...model.values()].toSorted((one, other) => (isRankBefore(one, other) ? -1 : 1));
        expect([...backlog].toSorted((one, other) => (isRankBefore(one, other) ? -1 : 1))).toEqual(left);
        expect(Array.from(left, () => backlog.pop())).toEqual(left);
        expect(backlog.pop()).toBeUndefined();
      }),
    );
  });

  it("says whether its first comes before another", () => {
    const backlog = new Backlog();
    expect(backlog.isBefore({ estimateMs: null, order: 0 })).toBe(false);
    backlog.push({ id: idOf(1), estimateMs: 10, order: 5 });
    expect(backlog.isBefore({ estimateMs: null, order: 9 })).toBe(false);
    expect(backlog.isBefore({ estimateMs: 11, order: 9 })).toBe(false);
    expect(backlog.isBefore({ estimateMs: 10, order: 4 })).toBe(false);
    expect(backlog.isBefore({ estimateMs: 10, order: 6 })).toBe(true);
    expect(backlog.isBefore({ estimateMs: 9, order: 4 })).toBe(true);
  });

  it("knows a task by all of its id", () => {
    const backlog = new Backlog();
    for (let order = 0; order < 500; order += 1) backlog.push({ id: idOf(order), estimateMs: null, order });
    expect(backlog.take(idOf(501))).toBeUndefined();
    expect(backlog.take(idOf(250))).toEqual({ id: idOf(250), estimateMs: null, order: 250 });
    expect(backlog.take(idOf(250))).toBeUndefined();
    expect(backlog.size).toBe(499);
  });
});

function apply(
  each: Command,
  order: number,
  { backlog, model }: { backlog: Backlog; model: Map<string, Stowed> },
): void {
  if (each.kind === "push") {
    const stowed = { id: idOf(order), estimateMs: each.estimateMs, order };
    backlog.push(stowed);
    model.set(stowed.id, stowed);
  } else if (each.kind === "pop") {
    const first = backlog.pop();
    expect([...model.values()].some((other) => isRankBefore(other, first!))).toBe(false);
    if (first !== undefined) expect(model.delete(first.id)).toBe(true);
  } else if (each.kind === "drop") {
    const gone = [...model.keys()].filter((id) => partitionOf("task", id) === each.pick);
    expect(backlog.drop(each.pick)).toBe(gone.length);
    for (const id of gone) model.delete(id);
  } else {
    const id = [...model.keys()][each.pick % Math.max(1, model.size)] ?? idOf(order);
    expect(backlog.take(id)).toEqual(model.get(id));
    model.delete(id);
  }
  expect(backlog.size).toBe(model.size);
}
