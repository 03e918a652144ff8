import { describe, expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import { countTests, summaryLine } from "./plain-summary.js";

type State = "passed" | "failed" | "skipped" | "pending";

function module(state: "passed" | "failed", tests: readonly State[]): TestModule {
  const allTests = () => tests.map((test) => ({ result: () => ({ state: test }) }));
  return { state: () => state, children: { allTests } } as unknown as TestModule;
}

describe("plain summary", () => {
  it("counts tests by the way they ended", () => {
    const modules = [module("passed", ["passed", "skipped"]), module("failed", ["passed", "failed"])];
    expect(summaryLine(countTests(modules, []))).toBe("2 passed, 1 failed, 1 skipped");
  });

  it("counts a file that could not be loaded as a failure", () => {
    expect(summaryLine(countTests([module("failed", [])], []))).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("counts errors outside of tests and tests that never ended as failures", () => {
    expect(summaryLine(countTests([module("passed", ["pending"])], [new Error("unhandled")]))).toBe(
      "0 passed, 2 failed, 0 skipped",
    );
  });
});
