import { describe, expect, it } from "vitest";
import { renderErrors } from "./errors-page.js";

describe("errors page", () => {
  it("lists codes in order, with status, remedy and whether to retry", () => {
    const page = renderErrors({
      overloaded: { status: 429, retryable: true, title: "Too much", remedy: "Wait" },
      "bad-input": { status: 422, retryable: false, title: "Wrong a|b", remedy: "Correct it" },
    });
    expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual([
      "| `bad-input` | 422 | Wrong a\\|b | Correct it | no |",
      "| `overloaded` | 429 | Too much | Wait | yes |",
    ]);
  });
});
