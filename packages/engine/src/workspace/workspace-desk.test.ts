import { join } from "node:path";
import { canonicalJson, type Tree } from "@capstan/protocol";
import { digestOf } from "@capstan/workspace";
import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed } from "../engine/engine-bed.test.support.js";

const day = 24 * 3_600_000;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Sends a tree of one file; gives its parts' digests. */
async function send(bed: EngineBed, text: string): Promise<{ tree: { digest: string; bytes: number }; file: string }> {
  const content = Buffer.from(text);
  const file = digestOf(content);
  const tree: Tree = {
    treeVersion: 1,
    files: [{ path: join("a", "b.txt"), digest: file, bytes: content.byteLength }],
    links: [],
    directories: [],
  };
  const bytes = Buffer.from(canonicalJson(tree));
  await bed.operations.putBlob(namespace, file, once(content));
  await bed.operations.putBlob(namespace, digestOf(bytes), once(bytes));
  return { tree: { digest: digestOf(bytes), bytes: bytes.byteLength }, file };
}

function launch(bed: EngineBed, tree: { digest: string; bytes: number }): Promise<{ taskset: string }> {
  const tasks = [{ input: { command: ["true"] } }];
  return bed.operations.launchTaskset(namespace, { definition: "command/run", tasks, workspace: { tree } });
}

/** A day and a half later, in steps that are shorter than what blobs are kept for, as the engine sweeps. */
async function sweepFor(bed: EngineBed, ms: number): Promise<void> {
  const retention = { taskRetentionMs: 7 * day, logRetentionMs: 7 * day, rowsMax: 100 };
  for (let at = 0; at < ms; at += day / 8) {
    await bed.advance(day / 8);
    await bed.engine.workspaces.keep(day);
    for (let hasMore = true; hasMore;) {
      ({ hasMore } = await bed.store.store.prune({ nowMs: bed.clock.wallMs(), ...retention }));
    }
  }
}

describe("the files of workspaces", () => {
  it(
    "outlive the sweep as long as a taskset that needs them is unfinished",
    withBed(async (bed) => {
      const { tree, file } = await send(bed, "needed");
      const { taskset } = await launch(bed, tree);
      await sweepFor(bed, 3 * day);
      expect(await bed.operations.missingBlobs(namespace, [tree.digest, file])).toEqual([]);
      expect(await bed.operations.getTaskset(namespace, taskset)).toMatchObject({ workspace: { tree } });
      await bed.operations.cancelTaskset(namespace, taskset);
      await sweepFor(bed, 3 * day);
      expect(await bed.operations.missingBlobs(namespace, [tree.digest, file])).toEqual([tree.digest, file]);
      const rerun = bed.operations.rerunTaskset(namespace, taskset, {});
      await expect(rerun).rejects.toMatchObject({ code: "blob-missing" });
      expect(await bed.operations.getTaskset(namespace, taskset)).toMatchObject({ status: "cancelled", round: 1 });
    }),
  );

  it(
    "are all needed for a rerun: without one of them it is refused, and the verdicts stay",
    withBed(async (bed) => {
      const { tree, file } = await send(bed, "needed");
      const { taskset } = await launch(bed, tree);
      await bed.operations.cancelTaskset(namespace, taskset);
      await bed.advance(0);
      await bed.blobs.delete(namespace, file);
      const rerun = bed.operations.rerunTaskset(namespace, taskset, {});
      await expect(rerun).rejects.toMatchObject({ code: "blob-missing", details: { count: 1, digests: [file] } });
      expect(await bed.operations.getTaskset(namespace, taskset)).toMatchObject({ status: "cancelled", round: 1 });
    }),
  );

  it(
    "are asked for before the launch: a taskset whose tree is not there is refused",
    withBed(async (bed) => {
      const tree = { digest: digestOf("nothing"), bytes: 7 };
      await expect(launch(bed, tree)).rejects.toMatchObject({
        code: "blob-missing",
        details: { digests: [tree.digest] },
      });
    }),
  );
});
