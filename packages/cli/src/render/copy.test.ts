import { describe, expect, test } from "vitest";
import { styleFor } from "../io/style.js";
import { copyLine, copyNotes, plainCopyLine } from "./copy.js";

const style = styleFor({}, {});
const half = { phase: "write", table: "history", rows: 500, rowsTotal: 500 } as const;

describe("a copy", () => {
  test("is half done when all rows are written, and tells what is left at this pace", () => {
    expect(plainCopyLine(half)).toBe("50% copying history: 500 of 500 rows");
    const line = copyLine({ ...half, phase: "check", rows: 250 }, { style, ranMs: 30_000 });
    expect(line).toBe(`${"━".repeat(18)}${"─".repeat(6)} 75% checking history: 250 of 500 rows · 10.0 s left`);
    expect(copyLine({ ...half, rows: 0 }, { style, ranMs: 5 })).toMatch(/^─{24} 0% copying history: 0 of 500 rows$/);
    expect(plainCopyLine({ ...half, rows: 0, rowsTotal: 0 })).toMatch(/^0%/);
  });

  test("says where its blobs have to be, for each way", () => {
    const [from, to] = ["/data/a b", "/data/c"];
    const address = "postgres://db/app?schema=capstan";
    const inFolder = { isFromFolder: true, isToFolder: false };
    expect(copyNotes({ from, to: address }, inFolder)[0]).toContain(
      "start the engine with --store and --data '/data/a b'",
    );
    expect(copyNotes({ from: address, to }, { isFromFolder: false, isToFolder: true })).toEqual([
      "blobs are files that were not copied: copy the folder blobs of its engine's --data to /data/c/blobs, unless it is there",
      `${address} is as it was: start no engine on it any more, or its tasks run twice`,
    ]);
    expect(copyNotes({ from, to }, { isFromFolder: true, isToFolder: true })[0]).toContain(
      "copy /data/a b/blobs to /data/c/blobs",
    );
    expect(copyNotes({ from: address, to: address }, { isFromFolder: false, isToFolder: false })[0]).toContain(
      "the same --data",
    );
  });
});
