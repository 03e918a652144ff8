import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { vocabulary } from "./vocabulary.js";

describe("vocabulary", () => {
  it("refuses banned words in identifiers, whatever their case and number", () => {
    expect(checkTexts(vocabulary, { "a.ts": "\nconst maxAttempts = 1;" })).toEqual([
      "a.ts:2 maxAttempts uses the word attempts: say trial",
    ]);
    expect(checkTexts(vocabulary, { "a.ts": "class A { #attempted = 1 }\nfunction ATTEMPT_MAX() {}" })).toHaveLength(2);
    expect(checkTexts(vocabulary, { "a.ts": "type SlaveState = 1;" })).toHaveLength(1);
  });

  it("refuses them in the names of files of any kind", () => {
    expect(checkTexts(vocabulary, { "docs/attempt-limits.md": "" })).toEqual([
      "docs/attempt-limits.md is named with the word attempt: say trial",
    ]);
  });

  it("reads whole words and leaves strings and comments alone", () => {
    expect(checkTexts(vocabulary, { "a.ts": '// an attempt\nconst enslavement = "attempt";' })).toEqual([]);
  });
});
