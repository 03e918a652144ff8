import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { entryOf, type Capstan, type TasksetEntry } from "capstan";
import { documents } from "../plugin/documents.js";
import type { Expectation, TaskView, Work } from "./work.js";

const { tasks } = documents;
const succeeded: Expectation = { status: "succeeded", trials: 1 };

/** How the tasks that misbehave are to end, by their keys. */
const misbehaving: Readonly<Record<string, Expectation>> = {
  "links of package.json": { status: "skipped", trials: 1 },
  "look up nothing.md": { status: "failed", cause: "not-retryable", trials: 1 },
  throws: { status: "failed", cause: "failed", trials: 2 },
  recovers: { status: "succeeded", trials: 2 },
  exits: { status: "failed", cause: "error", trials: 1 },
  blocks: { status: "failed", cause: "timeout", trials: 1 },
  crashes: { status: "failed", cause: "error", trials: 2 },
  floods: { status: "succeeded", trials: 1, check: checkFlood },
};

/** The example plugin over the repository's own documents, with tasks among them that misbehave. */
export async function documentWork(root: string): Promise<Work> {
  const files = await markdownFiles(root);
  return {
    title: "documents",
    launch: {
      name: "documents",
      tasks: [...trouble(root), ...files.flatMap((file) => reading(root, file))],
    },
    expected: ({ key = "" }) => (key in misbehaving ? { ...misbehaving[key]!, isSpecial: true } : succeeded),
  };
}

function reading(root: string, file: string): TasksetEntry[] {
  const input = { path: join(root, file) };
  return [
    entryOf(tasks.words, input, { key: `words of ${file}` }),
    entryOf(tasks.digest, input, { key: `digest of ${file}` }),
    entryOf(tasks.links, input, { key: `links of ${file}` }),
  ];
}

function trouble(root: string): TasksetEntry[] {
  const { throws, recovers, exits, blocks, crashes, floods } = tasks;
  return [
    entryOf(blocks, undefined, { key: "blocks" }),
    entryOf(crashes, undefined, { key: "crashes" }),
    entryOf(exits, undefined, { key: "exits" }),
    entryOf(throws, undefined, { key: "throws" }),
    entryOf(recovers, undefined, { key: "recovers" }),
    entryOf(floods, undefined, { key: "floods" }),
    entryOf(tasks.links, { path: join(root, "package.json") }, { key: "links of package.json" }),
    entryOf(tasks["look-up"], { path: join(root, "nothing.md") }, { key: "look up nothing.md" }),
  ];
}

async function markdownFiles(root: string): Promise<string[]> {
  const docs = await readdir(join(root, "docs"), { recursive: true });
  const inDocs = docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name));
  const atRoot = (await readdir(root)).filter((name) => name.endsWith(".md"));
  return [...atRoot, ...inDocs].map((path) => relative(root, join(root, path))).toSorted();
}

/** Of 15 MiB the first and the last are kept, within the limit of 10 MiB, and a line says what was left out. */
async function checkFlood({ lastTrial }: TaskView, capstan: Capstan): Promise<string | undefined> {
  const text = await capstan.logText(lastTrial?.id ?? "");
  if (!text.startsWith("the first line\n")) return "the beginning of its output is missing";
  if (!text.endsWith("the last line\n")) return "the end of its output is missing";
  const mebibytes = Buffer.byteLength(text) / 1024 ** 2;
  return mebibytes > 9 && mebibytes < 10.1 ? undefined : `${mebibytes.toFixed(1)} MiB of its output were kept`;
}
