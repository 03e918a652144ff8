import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { builtProject } from "./built-project.js";

describe("built-project", () => {
  it("finds a project that is not built", () => {
    const texts = {
      "tsconfig.json": JSON.stringify({ references: [{ path: "packages/core" }] }),
      "packages/core/tsconfig.json": "{}",
      "packages/store/tsconfig.json": "{}",
    };
    expect(checkTexts(builtProject, texts)).toEqual([
      "packages/store/tsconfig.json is not among the references of the root tsconfig.json",
    ]);
  });
});
