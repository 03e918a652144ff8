/**
 * The strongly connected components of a directed graph: the largest sets of nodes that all reach each other.
 *
 * Tarjan, "Depth-first search and linear graph algorithms" (1972).
 */
export function strongComponents(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const search = new Search(graph);
  for (const node of graph.keys()) search.visit(node);
  return search.components;
}

class Search {
  readonly components: string[][] = [];
  readonly #graph: ReadonlyMap<string, readonly string[]>;
  readonly #index = new Map<string, number>();
  readonly #stack: string[] = [];
  readonly #onStack = new Set<string>();

  constructor(graph: ReadonlyMap<string, readonly string[]>) {
    this.#graph = graph;
  }

  /** Visits a node unless it was visited, and returns the lowest index that it reaches on the stack. */
  visit(node: string): number {
    const known = this.#index.get(node);
    if (known !== undefined) return this.#onStack.has(node) ? known : Infinity;
    const index = this.#index.size;
    this.#index.set(node, index);
    this.#stack.push(node);
    this.#onStack.add(node);
    let lowest = index;
    for (const next of this.#graph.get(node) ?? []) lowest = Math.min(lowest, this.visit(next));
    if (lowest === index) this.components.push(this.#popUntil(node));
    return lowest;
  }

  #popUntil(node: string): string[] {
    const component = this.#stack.splice(this.#stack.indexOf(node));
    for (const each of component) this.#onStack.delete(each);
    return component;
  }
}
