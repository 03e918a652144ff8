import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { conformance } from "./conformance.js";

const head = "| id | promise | shown by |\n| --- | --- | --- |\n";
const tests = `describe("arbiter", () => {
  it("ends a task", () => {});
  it.each([1])("counts %i", () => {});
  it(\`stops \${n} twins\`, () => {});
});`;

function check(...rows: string[]): string[] {
  return checkTexts(conformance, {
    "package.json": JSON.stringify({ scripts: { test: "vitest", chaos: "node chaos.js" } }),
    "packages/core/src/arbiter.test.ts": tests,
    ".ci/run": "",
    "docs/conformance.md": head + rows.join("\n"),
  });
}

describe("conformance", () => {
  it("lets rows be that are shown by what exists, or not yet", () => {
    expect(
      check(
        "| arbiter-1 | ends | packages/core/src/arbiter.test.ts › ends a task |",
        "| arbiter-2 | counts | `packages/core/src/arbiter.test.ts` › arbiter › counts %i<br>`npm run chaos -- --kills 50` |",
        "| arbiter-3 | stops | packages/core/src/arbiter.test.ts › stops … twins |",
        "| A-test | all | `npm test`<br>`.ci/run` |",
        "| A-later | later | not yet |",
      ),
    ).toEqual([]);
  });

  it("finds tests and commands that do not exist", () => {
    expect(check("| a | b | packages/core/src/gone.test.ts › ends |")).toEqual([
      "docs/conformance.md:3 is shown by packages/core/src/gone.test.ts, which does not exist",
    ]);
    expect(check("| a | b | packages/core/src/arbiter.test.ts › ends |")).toEqual([
      'docs/conformance.md:3 is shown by a test "ends", which packages/core/src/arbiter.test.ts does not have',
    ]);
    expect(check("| a | b | `npm run gone` |")).toEqual([
      "docs/conformance.md:3 is shown by npm run gone, but package.json has no script gone",
    ]);
    expect(check("| a | b | `bench/gone` |")).toHaveLength(1);
  });

  it("finds rows without evidence, malformed rows and ids that repeat", () => {
    expect(check("| a | b | seen by me |")).toHaveLength(1);
    expect(check("| a | b | |", "| c | d |")).toHaveLength(2);
    expect(check("| a b | c | not yet |")).toHaveLength(1);
    expect(check("| a | b | not yet |", "| a | c | not yet |")).toEqual(["docs/conformance.md:4 repeats the id a"]);
  });

  it("asks for the page", () => {
    expect(checkTexts(conformance, {})).toEqual(["docs/conformance.md is missing"]);
  });
});
