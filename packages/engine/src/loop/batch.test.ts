import { makeEngineState, takeChanges } from "@capstan/core";
import { describe, expect, it } from "vitest";
import { toCommitBatch } from "./batch.js";
import { noExtraRows } from "./extra-rows.js";

const epochs = Array.from({ length: 64 }, (_, partition) => 100 + partition);

describe("a batch", () => {
  it("is fenced also when it touches no partition: an engine that has lost the store writes nothing at all", () => {
    const changes = takeChanges(makeEngineState(epochs), { monoMs: 0, wallMs: 0 });
    expect(toCommitBatch({ changes, extra: noExtraRows() }, epochs).fences).toEqual([{ partition: 0, epoch: 100 }]);
    changes.partitions.add(7);
    expect(toCommitBatch({ changes, extra: noExtraRows() }, epochs).fences).toEqual([{ partition: 7, epoch: 107 }]);
  });
});
