import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { definePlugin, defineTask, NonRetryableError } from "capstan/plugin";
import { trouble } from "./trouble.js";

interface Document {
  readonly path: string;
}

const input = {
  type: "object",
  required: ["path"],
  additionalProperties: false,
  properties: { path: { type: "string", description: "The file to read" } },
} as const;

const words = defineTask({
  description: "Counts the lines and words of a file",
  input,
  examples: [{ input: { path: "README.md" }, output: { lines: 40, words: 300 } }],
  run: async ({ path }: Document, { log }) => {
    const text = await readFile(path, "utf8");
    const counts = { lines: text.split("\n").length - 1, words: text.split(/\s+/).filter(Boolean).length };
    log.info("counted", counts);
    return counts;
  },
});

const digest = defineTask({
  description: "Gives the SHA-256 of a file",
  input,
  run: async ({ path }: Document) => {
    const bytes = await readFile(path);
    return { bytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
  },
});

const links = defineTask({
  description: "Lists where a markdown file links to",
  input,
  run: async ({ path }: Document, { progress, skip }) => {
    if (!path.endsWith(".md")) skip("it is no markdown");
    const text = await readFile(path, "utf8");
    const found = [...text.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    progress(1, `${found.length} links`);
    return { links: found };
  },
});

const lookUp = defineTask({
  description: "Reads a file that must exist: trying again would not help",
  input,
  policy: { maxTrials: 3 },
  run: async ({ path }: Document) => {
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw new NonRetryableError(`${path} cannot be read`, { cause });
    });
    return { characters: text.length };
  },
});

/** Reads real files; some of its tasks misbehave in every way that code can. */
export const documents = definePlugin({
  name: "documents",
  version: "1.0.0",
  description: "Reads the documents of a repository",
  tasks: { words, digest, links, "look-up": lookUp, ...trouble },
});
