import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BlobCache } from "./cache/blob-cache.js";
import { writeFiles } from "./git-folder.test.support.js";
import { materialise } from "./materialise/materialise.js";
import { pack } from "./pack/pack.js";
import { planPacks } from "./pack/plan-packs.js";
import { unpack } from "./pack/unpack.js";
import { snapshot, type Snapshot } from "./snapshot/snapshot.js";
import { blobsOf } from "./tree/tree-digest.js";

const part = fc.constantFrom("a", "b", "C", ".d", "ü", "e f", "run.sh", "x".repeat(60), "日本", "*?");
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom("", "same", "z".repeat(300_000)));
/** Links that stay inside wherever they stand, and may lead nowhere. */
const target = fc.constantFrom("a", "b/C", "./run.sh", "missing/x", "ü");
const entries = fc
  .uniqueArray(
    fc.tuple(
      path,
      fc.oneof(
        { weight: 5, arbitrary: text },
        target.map((each) => `→ ${each}`),
      ),
    ),
    {
      selector: ([name]) => name,
      maxLength: 14,
    },
  )
  .map((list) => list.filter(([name]) => !list.some(([other]) => name.startsWith(`${other}/`))))
  .map((list) => list.filter(([, content]) => content.startsWith("→ ") || !content.startsWith("→")));

/** Sends what the cache lacks in packs, as a client and a worker do. */
async function send(taken: Snapshot, cache: BlobCache): Promise<number> {
  const missing = await cache.missing(blobsOf(taken.tree));
  for (const blobs of planPacks(missing, { packBytes: 1_000, packBlobsMax: 3 })) {
    for await (const { digest, content } of unpack(pack(blobs, taken.read))) {
      await cache.put({ digest, bytes: content.byteLength }, content);
    }
  }
  return missing.length;
}

test("a folder goes through packs and cache into another folder and is the same", async () => {
  await fc.assert(
    fc.asyncProperty(entries, (list) =>
      withFolder(async (folder) => {
        const root = join(folder, "root");
        await writeFiles(folder, { "root/always": "there" });
        await writeFiles(root, Object.fromEntries(list));
        const taken = await snapshot(root);
        const cache = new BlobCache({ folder: join(folder, "cache"), bytesMax: 1e8 });
        await send(taken, cache);
        expect(await send(taken, cache)).toBe(0);
        await materialise(taken.tree, cache, join(folder, "place"));
        const again = await snapshot(join(folder, "place"));
        expect(again.tree).toEqual(taken.tree);
        expect(again.digest).toBe(taken.digest);
      }),
    ),
    { numRuns: 60, interruptAfterTimeLimit: 10_000 },
  );
});
