import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A fenced block of a page. What stands after the language says what it is: the name of a file, mostly. */
export interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
  readonly line: number;
}

export interface Page {
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** The root of the repository, from where this file is compiled to. */
export const root = join(import.meta.dirname, "../../..");
const folder = join(root, "docs/guides");

export async function readPages(): Promise<Page[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md"));
  return Promise.all(
    names.toSorted().map(async (name) => ({ name, blocks: blocksOf(await readFile(join(folder, name), "utf8")) })),
  );
}

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const match of markdown.matchAll(/^```(\w+) ?([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [, language = "", note = "", text = ""] = match;
    blocks.push({ language, note, text, line: markdown.slice(0, match.index).split("\n").length });
  }
  return blocks;
}
