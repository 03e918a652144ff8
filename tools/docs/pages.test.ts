import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../repository.js";
import { pageText } from "./generated-page.js";
import { generatedPages } from "./pages.js";

describe("generated pages", () => {
  it.each(generatedPages.map((page) => [page.path, page] as const))(
    "%s is up to date: `npm run docs` writes it",
    async (path, page) => {
      expect(await readFile(join(repositoryRoot(), path), "utf8")).toBe(await pageText(page));
    },
  );
});
