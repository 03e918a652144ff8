import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@capstan/protocol/plain";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  finishTask,
  launchedAtMs,
  makeTask,
  makeTrial,
  makeTrialEnd,
  revision,
  taskId,
} from "../conformance/sample-row.js";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import { FolderBlobStore } from "./folder-blob-store.js";

const day = 24 * 3_600_000;
let root: string;
let nowMs = launchedAtMs;
let blobs: FolderBlobStore;

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function listFiles(folder = root): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

async function* stream(...parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "capstan-blob-"));
  nowMs = launchedAtMs;
  blobs = new FolderBlobStore({ folder: join(root, "blobs"), clock: { ...systemClock, wallMs: () => nowMs } });
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("FolderBlobStore", () => {
  it("gives any bytes back, whole or streamed, in their namespace only", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.nat(5_000), async (bytes, at) => {
        const digest = digestOf(bytes);
        const parts = stream(bytes.subarray(0, at), bytes.subarray(at));
        expect(await blobs.put("default", digest, parts, 5_000)).toEqual({ bytes: bytes.length });
        expect(await blobs.put("default", digest, bytes, 5_000)).toEqual({ bytes: bytes.length });
        expect(new Uint8Array(await blobs.get("default", digest))).toEqual(bytes);
        const read: Uint8Array[] = [];
        for await (const part of await blobs.open("default", digest)) read.push(part);
        expect(new Uint8Array(Buffer.concat(read))).toEqual(bytes);
        expect([await blobs.has("default", digest), await blobs.has("other", digest)]).toEqual([true, false]);
      }),
      { numRuns: 25 },
    );
  });

  it("refuses other bytes than announced and too many of them, and leaves no file", async () => {
    const bytes = Buffer.from("content");
    const digest = digestOf(bytes);
    const wrong = digestOf(Buffer.from("other"));
    for (const body of [() => bytes, () => stream(bytes)]) {
      await expect(blobs.put("default", wrong, body(), 100)).rejects.toMatchObject({ code: "digest-mismatch" });
      await expect(blobs.put("default", digest, body(), 6)).rejects.toMatchObject({ code: "too-large" });
    }
    const broken = async function* () {
      yield bytes;
      throw new Error("connection reset");
    };
    await expect(blobs.put("default", digest, broken(), 100)).rejects.toMatchObject({ message: "connection reset" });
    expect(await listFiles()).toEqual([]);
    expect(await blobs.has("default", digest)).toBe(false);
  });

  it("stops reading a stream that is too large", async () => {
    let parts = 0;
    const endless = async function* () {
      for (;;) {
        parts += 1;
        yield Buffer.alloc(1_000);
      }
    };
    await expect(blobs.put("default", digestOf(Buffer.alloc(0)), endless(), 10_000)).rejects.toMatchObject({
      code: "too-large",
    });
    expect(parts).toBe(11);
  });

  it("says when there is no such blob", async () => {
    const digest = digestOf(Buffer.from("x"));
    await expect(blobs.get("default", digest)).rejects.toMatchObject({ code: "not-found" });
    await expect(blobs.open("default", digest)).rejects.toMatchObject({ code: "not-found" });
    await blobs.delete("default", digest);
  });

  it("makes no path of what a caller says", async () => {
    const bytes = Buffer.from("x");
    const good = digestOf(bytes);
    const digests = [
      "../../etc/passwd",
      `${good}/..`,
      `sha256:${"../".repeat(21)}x`,
      `${good}\n`,
      good.toUpperCase(),
      "",
    ];
    for (const digest of digests) {
      await expect(blobs.put("default", digest, bytes, 9)).rejects.toMatchObject({ code: "invalid-request" });
      await expect(blobs.get("default", digest)).rejects.toMatchObject({ code: "invalid-request" });
    }
    for (const namespace of ["..", ".", "a/b", "a\\b", "", ".temporary", "a\u0000", "-"]) {
      await expect(blobs.put(namespace, good, bytes, 9)).rejects.toMatchObject({ code: "invalid-request" });
      await expect(blobs.delete(namespace, good)).rejects.toMatchObject({ code: "invalid-request" });
    }
    expect(await listFiles()).toEqual([]);
  });

  it("takes the same blob from many at once", async () => {
    const bytes = Buffer.alloc(100_000, 7);
    const digest = digestOf(bytes);
    await Promise.all(Array.from({ length: 10 }, () => blobs.put("default", digest, stream(bytes), 200_000)));
    expect(Buffer.from(await blobs.get("default", digest)).equals(bytes)).toBe(true);
    expect((await listFiles()).length).toBe(1);
  });
});

describe("the sweep of blobs", () => {
  it("deletes what no row refers to and nobody used for a day", async () => {
    const names = ["idle", "input", "finished", "last", "earlier", "manifest", "touched", "young"] as const;
    const digests = Object.fromEntries(names.map((name) => [name, digestOf(Buffer.from(name))])) as Record<
      (typeof names)[number],
      string
    >;
    for (const name of names.slice(0, -1)) await blobs.put("default", digests[name], Buffer.from(name), 99);
    await blobs.put("other", digests.input, Buffer.from("input"), 99);
    const ref = (name: keyof typeof digests) => JSON.stringify({ bytes: 9, digest: digests[name] });
    const store = openSqliteStore({ memory: true, blobs });
    await store.open(nowMs);
    const done = makeTask({ id: taskId(2), inputJson: null, inputBlob: ref("finished") });
    await store.commit({
      fences: [],
      insertedTasks: [makeTask({ id: taskId(1), inputJson: null, inputBlob: ref("input") })],
      finishedTasks: [finishTask(done, { lastTrial: makeTrialEnd({ outputJson: null, outputBlob: ref("last") }) })],
      trials: [makeTrial(taskId(2), { n: 9, outputJson: null, outputBlob: ref("earlier") })],
      revisions: [{ ...revision, manifest: { files: [{ digest: digests.manifest }] } as never }],
    });
    nowMs += 2 * day;
    await blobs.put("default", digests.young, Buffer.from("young"), 99);
    await blobs.has("default", digests.touched);
    const options = { nowMs, taskRetentionMs: 9 * day, logRetentionMs: 9 * day, rowsMax: 100 };
    let deleted = 0;
    for (let hasMore = true; hasMore;) {
      const step = await store.prune(options);
      deleted += step.deleted;
      hasMore = step.hasMore;
    }
    expect(deleted).toBe(2);
    expect(await blobs.has("other", digests.input)).toBe(false);
    const kept = [];
    for (const name of names) if (await blobs.has("default", digests[name])) kept.push(name);
    expect(kept).toEqual(names.slice(1));
    // As long as nobody refers to it, an upload is kept for as long as it is told to be.
    nowMs += 60_000;
    const short = { ...options, nowMs, blobRetentionMs: 30_000 };
    while ((await store.prune(short)).hasMore);
    expect(await blobs.has("default", digests.young)).toBe(false);
    expect(await blobs.has("default", digests.input)).toBe(true);
    await store.close(true);
  });

  it("keeps a blob that is used between the question and the deletion", async () => {
    const digest = digestOf(Buffer.from("x"));
    await blobs.put("default", digest, Buffer.from("x"), 9);
    nowMs += 2 * day;
    expect((await blobs.listIdle({ after: "", beforeMs: nowMs - day, limit: 9 })).blobs.length).toBe(1);
    await blobs.has("default", digest);
    expect(await blobs.deleteIdle({ namespace: "default", digest }, nowMs - day)).toBe(false);
    const path = join(root, "blobs", "default", digest.slice(7, 9), digest.slice(7));
    expect(Math.abs((await stat(path)).mtimeMs - nowMs)).toBeLessThanOrEqual(1);
  });
});
