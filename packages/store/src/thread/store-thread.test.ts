import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@capstan/protocol/plain";
import { describe, expect, it } from "vitest";
import { StoreThread } from "./store-thread.js";

describe("a thread of the store", () => {
  it("rejects what waits and every later call with store-failed when it ends, and frees the folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-thread-"));
    const start = () => new StoreThread(new URL("./writer-thread.js", import.meta.url), { place: { folder } });
    const thread = start();
    await thread.call("open", 1, systemRandom.bytes(32));
    const waiting = thread.call("commit", { fences: [], cells: {} }).then(
      () => "resolved",
      (error: unknown) => error,
    );
    await thread.end();
    const outcome = await waiting;
    if (outcome !== "resolved") expect(outcome).toMatchObject({ code: "store-failed", retryable: true });
    await expect(thread.call("commit", { fences: [], cells: {} })).rejects.toMatchObject({ code: "store-failed" });
    const next = start();
    expect(await next.call("open", 2, systemRandom.bytes(32))).toMatchObject({ wasClean: false });
    await next.call("close", true);
    await next.end();
    await rm(folder, { recursive: true, force: true });
  });
});
