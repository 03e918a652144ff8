import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "./mutant-place.js";
import { filesOf, mutate } from "./mutant.js";
import { mutants } from "./mutants.js";

describe("the mutants", () => {
  it("are at least fifteen, each with a name of its own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(15);
  });

  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    "%s: still has its place in the code",
    (_, mutant) => {
      for (const file of filesOf(mutant)) {
        const source = readFileSync(new URL(file, repositoryRoot), "utf8");
        expect(mutate(mutant, file, source)).not.toBe(source);
      }
    },
  );
});
