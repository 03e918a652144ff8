import { withFolder } from "@capstan/testkit";
import { describe, expect, it } from "vitest";
import { blocksOf, readPages } from "./page.js";
import { Site } from "./site.js";

const pages = (await readPages()).filter(({ blocks }) => blocks.length > 0);

describe("the guides", () => {
  it.each(pages.map((page) => [page.name, page] as const))(
    "%s: its examples compile, and its commands do what they say",
    { timeout: 180_000 },
    async (_, page) => {
      await withFolder(async (folder) => {
        const site = await Site.open(folder, page);
        try {
          if (page.blocks.some(({ language }) => language === "ts")) await site.compile();
          await site.start();
          for (const block of page.blocks.filter(({ language }) => language === "sh")) await site.runShell(block);
        } finally {
          await site.close();
        }
      });
    },
  );

  it("show no option that the command line does not have", async () => {
    await withFolder(async (folder) => {
      const lines = pages
        .flatMap(({ blocks }) => blocks.filter(({ language }) => language === "console"))
        .flatMap(({ text }) => Array.from(text.matchAll(/^\$ capstan (\w+)(.*)$/gm)));
      expect(lines.length).toBeGreaterThan(0);
      const site = await Site.open(folder, { name: "", blocks: [] });
      for (const [line, verb = "", rest = ""] of lines) {
        const help = await site.help(verb);
        for (const [option] of rest.matchAll(/--[\w-]+/g))
          expect({ line, help }).toMatchObject({ help: expect.stringContaining(option) });
      }
    });
  });

  it("have a language at every block, so that none is left out", () => {
    const known = ["ts", "sh", "yaml", "console", "sql"];
    for (const { name, blocks } of pages) {
      for (const { language, note, line } of blocks) {
        expect(known, `${name}:${line}`).toContain(language);
        if (language === "ts" || language === "yaml") expect(note, `${name}:${line} names no file`).not.toBe("");
      }
    }
    expect(blocksOf("a\n```ts b.ts\nc\n```\n")).toEqual([{ language: "ts", note: "b.ts", text: "c\n", line: 2 }]);
  });
});
