import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IndexedHeap } from "./indexed-heap.js";

interface Item {
  heapAt: number;
  key: number;
}

const makeHeap = () => new IndexedHeap<Item>((a, b) => a.key < b.key);
const makeItem = (key: number): Item => ({ heapAt: -1, key });

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("push" as const), key: fc.integer({ min: 0, max: 30 }) }),
  },
  fc.record({ kind: fc.constant("pop" as const) }),
  fc.record({ kind: fc.constant("remove" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("update" as const), pick: fc.nat(), key: fc.integer({ min: 0, max: 30 }) }),
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

describe("IndexedHeap", () => {
  it("holds what a set would hold and pops a least item, whatever is pushed, popped, removed and updated", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150, size: "max" }), (commands) => {
        const heap = makeHeap();
        const model = new Set<Item>();
        for (const each of commands) {
          apply(each, heap, model);
          expect(heap.size).toBe(model.size);
          expect([...model].every((item) => heap.has(item))).toBe(true);
          expect(new Set([...model].map((item) => item.heapAt)).size).toBe(model.size);
          expect(heap.peek()?.key).toBe(leastKey(model));
        }
      }),
    );
  });

  it("refuses an item that is in a heap already", () => {
    const item = makeItem(1);
    makeHeap().push(item);
    expect(() => makeHeap().push(item)).toThrow(expect.objectContaining({ code: "internal" }));
  });

  it("knows its own items from another heap's", () => {
    const [first, second] = [makeHeap(), makeHeap()];
    const [mine, other] = [makeItem(1), makeItem(2)];
    first.push(mine);
    second.push(other);
    expect(first.has(other)).toBe(false);
    expect(first.remove(other)).toBe(false);
    expect(first.update(other)).toBe(false);
    expect(second.has(other)).toBe(true);
  });

  it("lets its items go when it is cleared", () => {
    const [heap, item] = [makeHeap(), makeItem(1)];
    heap.push(item);
    heap.clear();
    expect(heap.size).toBe(0);
    expect(item.heapAt).toBe(-1);
    heap.push(item);
    expect(heap.pop()).toBe(item);
  });
});

function apply(each: Command, heap: IndexedHeap<Item>, model: Set<Item>): void {
  if (each.kind === "push") {
    const item = makeItem(each.key);
    heap.push(item);
    model.add(item);
  } else if (each.kind === "pop") {
    const least = leastKey(model);
    const item = heap.pop();
    expect(item?.key).toBe(least);
    if (item === undefined) return;
    expect(model.delete(item)).toBe(true);
    expect(heap.has(item)).toBe(false);
  } else {
    const item = [...model][each.pick % Math.max(1, model.size)];
    if (item === undefined) return;
    if (each.kind === "update") {
      item.key = each.key;
      expect(heap.update(item)).toBe(true);
    } else {
      model.delete(item);
      expect(heap.remove(item)).toBe(true);
      expect(heap.remove(item)).toBe(false);
      expect(item.heapAt).toBe(-1);
    }
  }
}

function leastKey(model: ReadonlySet<Item>): number | undefined {
  return model.size === 0 ? undefined : Math.min(...[...model].map((item) => item.key));
}
