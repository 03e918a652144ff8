import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { docLink } from "./doc-link.js";

const pages = { "docs/glossary.md": "# Glossary\n\n## Task & trial\n", "packages/core/src/a.ts": "" };

function check(text: string): string[] {
  return checkTexts(docLink, { ...pages, "docs/page.md": text });
}

describe("doc-link", () => {
  it("finds links to files and headings that do not exist", () => {
    expect(check("\n[a](gone.md) and [b](glossary.md#gone)")).toEqual([
      "docs/page.md:2 links to gone.md, which does not exist",
      "docs/page.md:2 links to glossary.md#gone, which does not exist",
    ]);
    expect(check("[a](#gone)")).toHaveLength(1);
  });

  it("lets links to files, folders, headings and other sites be", () => {
    expect(
      check(
        "# Page\n[a](glossary.md#task--trial) [b](../packages/core/src/a.ts) [c](../packages) [d](#page) [e](https://x.test)",
      ),
    ).toEqual([]);
  });

  it("does not read code", () => {
    expect(check("```\n[a](gone.md)\n```\n`[a](gone.md)`")).toEqual([]);
  });
});
