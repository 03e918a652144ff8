import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlines, type Deadline } from "./deadlines.js";

const instant = fc.integer({ min: 0, max: 8 });
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), atMs: instant }) },
  fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("move" as const), pick: fc.nat(), atMs: instant }),
  fc.record({ kind: fc.constant("popDue" as const), atMs: instant }),
);

/** What `Deadlines` promises, the slow way: a list in the order of instants, then of additions. */
class Model {
  pending: { name: number; atMs: number }[] = [];

  put(name: number, atMs: number): void {
    this.pending.push({ name, atMs });
    this.pending.sort((a, b) => a.atMs - b.atMs);
  }

  drop(name: number): boolean {
    const before = this.pending.length;
    this.pending = this.pending.filter((each) => each.name !== name);
    return this.pending.length < before;
  }

  popDue(nowMs: number): number | undefined {
    const first = this.pending[0];
    return first !== undefined && first.atMs <= nowMs ? this.pending.shift()?.name : undefined;
  }
}

describe("Deadlines", () => {
  it("does what a sorted list does, in the order of additions at the same instant", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150, size: "max" }), (commands) => {
        const deadlines = new Deadlines<number>();
        const model = new Model();
        const all: Deadline<number>[] = [];
        for (const each of commands) {
          const picked = "pick" in each ? all[each.pick % Math.max(1, all.length)] : undefined;
          if (each.kind === "add") {
            model.put(all.length, each.atMs);
            all.push(deadlines.add(each.atMs, all.length));
          } else if (each.kind === "popDue") {
            expect(deadlines.popDue(each.atMs)).toBe(model.popDue(each.atMs));
          } else if (picked !== undefined) {
            const wasPending = model.drop(picked.what);
            if (each.kind === "cancel") expect(deadlines.cancel(picked)).toBe(wasPending);
            else {
              expect(deadlines.move(picked, each.atMs)).toBe(wasPending);
              if (wasPending) model.put(picked.what, each.atMs);
            }
          }
          expect(deadlines.size).toBe(model.pending.length);
          expect(deadlines.nextAtMs).toBe(model.pending[0]?.atMs);
        }
      }),
    );
  });

  it("is due at its instant, not before", () => {
    const deadlines = new Deadlines<string>();
    deadlines.add(10, "tea");
    expect(deadlines.popDue(9.999)).toBeUndefined();
    expect(deadlines.popDue(10)).toBe("tea");
    expect(deadlines.nextAtMs).toBeUndefined();
  });

  it("holds nothing of what was cancelled, however much comes and goes", () => {
    const deadlines = new Deadlines<number>();
    const kept = deadlines.add(1e9, -1);
    let pending: Deadline<number>[] = [];
    for (let n = 0; n < 200_000; n++) {
      pending.push(deadlines.add(2_000 + (n % 977), n));
      if (pending.length < 100) continue;
      for (const each of pending) deadlines.cancel(each);
      pending = [];
      expect(deadlines.size).toBe(1);
    }
    expect(deadlines.nextAtMs).toBe(kept.atMs);
  });

  it("refuses an instant that is none, and changes nothing", () => {
    const deadlines = new Deadlines<string>();
    const deadline = deadlines.add(1, "a");
    expect(() => deadlines.add(Number.NaN, "b")).toThrow(expect.objectContaining({ code: "internal" }));
    expect(() => deadlines.move(deadline, Number.NaN)).toThrow(expect.objectContaining({ code: "internal" }));
    expect(deadlines.size).toBe(1);
    expect(deadlines.nextAtMs).toBe(1);
  });
});
