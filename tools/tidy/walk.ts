import { type Node, visitorKeys } from "oxc-parser";

/** A node's ancestors, nearest last. */
export type Ancestors = readonly Node[];

/** Visits every node of a syntax tree, parents first. */
export function walk(root: Node, visit: (node: Node, ancestors: Ancestors) => void): void {
  const ancestors: Node[] = [];
  const enter = (node: Node): void => {
    visit(node, ancestors);
    ancestors.push(node);
    for (const child of children(node)) enter(child);
    ancestors.pop();
  };
  enter(root);
}

function children(node: Node): Node[] {
  const values = (visitorKeys[node.type] ?? []).map((key) => (node as unknown as Record<string, unknown>)[key]);
  return values.flat().filter((value): value is Node => typeof value === "object" && value !== null);
}
