import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  canonicalJson,
  CapstanError,
  isDeeper,
  limits,
  revisionIdOf,
  type BlobRef,
  type Manifest,
} from "@capstan/protocol";
import { digestOf } from "@capstan/worker";
import { RevisionCache } from "@capstan/worker/decoder";
import { anyText } from "../generate/hostile.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decodeLater } from "../invariant/refusal.js";
import type { Taker, Target } from "./target.js";

/** In memory where that can be had. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const contents = ["", "one", "two"];
const part = fc.oneof(fc.constantFrom("a", "b.js", "lib", "..", "con", "é"), anyText);
const file = fc
  .record({
    path: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    content: fc.constantFrom(...contents),
    isExecutable: fc.boolean(),
  })
  .map(({ path, content, isExecutable }) => ({ path, digest: digestOf(content), bytes: content.length, isExecutable }));
const base = { manifestVersion: 1, plugin: "demo", version: "1", runtime: "command", definitions: [{ name: "run" }] };

/** Bundles that a worker fetches and unpacks: whole and within their folder, or refused and nothing of them is left. */
export const bundle: Target = {
  name: "bundle",
  kind: "body",
  jsonAt: 0,
  inputMsMax: 2_000,
  words: [
    "../",
    "/tmp/x",
    "..\\\\",
    "manifest.json",
    "\\u0000",
    "a/b/c",
    ...contents.map((content) => digestOf(content)),
  ],
  seeds: jsonSeeds(fc.array(file, { maxLength: 4 }).map((files) => ({ ...base, files }))),
  open: () => new BundleTaker(),
};

class BundleTaker implements Taker {
  readonly #folder = mkdtempSync(join(place, "fuzz-bundle-"));

  readonly take = async (input: string): Promise<void> => {
    const manifest = parse(textOf(input));
    if (manifest === undefined) return;
    const revision = revisionIdOf(digestOf(canonicalJson(manifest)));
    const cache = new RevisionCache({ folder: join(this.#folder, "cache"), bytesMax: 0, source: sourceOf(manifest) });
    const codes = ["invalid-path", "invalid-manifest", "digest-mismatch", "too-large", "not-found"] as const;
    const outcome = await decodeLater(() => cache.load(revision), codes);
    if ("value" in outcome) {
      for (const { path, digest } of outcome.value.manifest.files) {
        const content = await readFile(join(outcome.value.directory, ...path.split("/")));
        if (digestOf(content) !== digest) broken("a file has another content", path);
      }
    }
    await cache.drop(revision);
    await cache.evict();
    await cache.close();
    this.#checkFolder();
  };

  /** Nothing is beside the cache, and nothing is left in it. */
  #checkFolder(): void {
    const beside = readdirSync(this.#folder).filter((name) => name !== "cache");
    if (beside.length > 0) broken("something was written outside of the cache", beside);
    for (const part of ["revisions", "staging"]) {
      const left = list(join(this.#folder, "cache", part));
      if (left.length > 0) broken(`something is left in ${part}`, left);
    }
  }

  readonly close = async (): Promise<void> => rmSync(this.#folder, { recursive: true, force: true });
}

function sourceOf(manifest: unknown) {
  return {
    getManifest: async () => manifest as Manifest,
    async getBytes({ digest, bytes }: BlobRef): Promise<Uint8Array> {
      const content = contents.find((text) => digestOf(text) === digest && text.length === bytes);
      if (content === undefined) throw new CapstanError("digest-mismatch", "there are no such bytes");
      return Buffer.from(content);
    },
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** As a worker reads what its engine answers. */
function parse(text: string): unknown {
  if (isDeeper(text, limits.jsonDepthMax)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
