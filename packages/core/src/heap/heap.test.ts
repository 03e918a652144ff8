import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "./heap.js";

const ascending = (a: number, b: number) => a < b;

describe("Heap", () => {
  it("gives what sorting gives", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 200, size: "max" }), (numbers) => {
        const heap = new Heap(ascending);
        for (const number of numbers) heap.push(number);
        expect(heap.size).toBe(numbers.length);
        expect(drain(heap)).toEqual(numbers.toSorted((a, b) => a - b));
        expect(heap.size).toBe(0);
      }),
    );
  });

  it("gives the least of what is in it, however pushes and pops are mixed", () => {
    const pop = fc.constant("pop" as const);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), pop), { maxLength: 200, size: "max" }),
        (commands) => {
          const heap = new Heap(ascending);
          const model: number[] = [];
          for (const command of commands) {
            if (command === "pop") expect(heap.pop()).toBe(model.shift());
            else {
              heap.push(command);
              model.push(command);
              model.sort((a, b) => a - b);
            }
            expect(heap.peek()).toBe(model[0]);
            expect(heap.size).toBe(model.length);
          }
        },
      ),
    );
  });

  it("gives what sorting gives of those that were not removed", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { maxLength: 60, size: "max" });
    fc.assert(
      fc.property(numbers, fc.array(fc.integer({ min: -50, max: 50 })), (list, removed) => {
        const heap = new Heap(ascending);
        for (const number of list) heap.push(number);
        const gone = new Set<number>();
        for (const number of removed) {
          expect(heap.remove(number)).toBe(list.includes(number) && !gone.has(number));
          gone.add(number);
        }
        expect(drain(heap)).toEqual(list.filter((number) => !gone.has(number)).toSorted((a, b) => a - b));
      }),
    );
  });

  it("keeps any order that it is given", () => {
    const heap = new Heap<string>((a, b) => a.length > b.length);
    for (const word of ["a", "abc", "ab"]) heap.push(word);
    expect(drain(heap)).toEqual(["abc", "ab", "a"]);
  });

  it("is empty after clear, and can be used again", () => {
    const heap = new Heap(ascending);
    heap.push(2);
    heap.push(1);
    heap.clear();
    expect(heap.size).toBe(0);
    expect(heap.pop()).toBeUndefined();
    heap.push(3);
    expect(drain(heap)).toEqual([3]);
  });
});

function drain<T>(heap: Heap<T>): T[] {
  const items: T[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) items.push(item);
  return items;
}
