import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository.js";
import { findingText } from "./finding.js";
import { rules } from "./registry.js";
import { SourceTree } from "./source-tree.js";

const tree = SourceTree.read(repositoryRoot());

describe("tidy", () => {
  it.each(rules.map((rule) => [rule.promise, rule] as const))("%s", (_, rule) => {
    expect(rule.check(tree).map(findingText)).toEqual([]);
  });

  it("has a test beside every rule, and every rule in the registry", () => {
    const stems = tree.paths.flatMap((path) => /^tools\/tidy\/rule\/([^.]+)\.ts$/.exec(path)?.[1] ?? []);
    expect(rules.map(({ name }) => name).toSorted()).toEqual(stems.toSorted());
    for (const stem of stems) expect(tree.paths).toContain(`tools/tidy/rule/${stem}.test.ts`);
  });
});
