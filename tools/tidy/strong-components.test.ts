import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { strongComponents } from "./strong-components.js";

type Graph = Map<string, string[]>;

const graphs: fc.Arbitrary<Graph> = fc
  .array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 })
  .map((edges) => new Map(Array.from({ length: 10 }, (_, from) => [`${from}`, targets(edges, from)])));

function targets(edges: readonly (readonly [number, number])[], from: number): string[] {
  return edges.filter(([source]) => source === from).map(([, target]) => `${target}`);
}

function reached(graph: Graph, start: string): Set<string> {
  const found = new Set([start]);
  for (const node of found) for (const next of graph.get(node) ?? []) found.add(next);
  return found;
}

describe("strong components", () => {
  it("puts two nodes together exactly if each reaches the other", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const components = strongComponents(graph);
        const nodes = [...graph.keys()];
        expect(components.flat().toSorted()).toEqual(nodes.toSorted());
        for (const a of nodes)
          for (const b of nodes) {
            const together = components.some((component) => component.includes(a) && component.includes(b));
            expect(together).toBe(reached(graph, a).has(b) && reached(graph, b).has(a));
          }
      }),
    );
  });
});
