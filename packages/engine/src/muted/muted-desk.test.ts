import { limits, type MutedTest } from "@capstan/protocol";
import { expect, test } from "vitest";
import { namespace, withBed, type EngineBed } from "../engine/engine-bed.test.support.js";

const day = 86_400_000;

async function names(bed: EngineBed, of = "unit"): Promise<string[]> {
  const { items } = await bed.operations.listMuted(namespace, { class: of, limit: limits.pageItemsMax });
  return items.map(({ key, example }) => (example === undefined ? key : `${key}::${example}`));
}

function many(count: number, of = ""): MutedTest[] {
  return Array.from({ length: count }, (_, n) => ({ key: `${of}${String(n).padStart(5, "0")}` }));
}

test(
  "are kept for a class with reason, who and until when, and outlive an engine that was killed",
  withBed(async (bed) => {
    const tests = [{ key: "b.js", example: "adds" }, { key: "b.js" }, { key: "a.js" }, { key: "a.js" }];
    const facts = { reason: "fails since May", by: "ann" };
    await bed.operations.mute(namespace, { class: "unit", tests, ...facts, forMs: day });
    await bed.operations.mute("elsewhere", { class: "unit", tests: [{ key: "z" }] });
    await bed.kill();
    await bed.start();
    expect(await names(bed)).toEqual(["a.js", "b.js", "b.js::adds"]);
    const { items } = await bed.operations.listMuted(namespace, { key: "a.js" });
    const atMs = items[0]!.atMs;
    expect(items).toEqual([{ class: "unit", key: "a.js", ...facts, atMs, expiresAtMs: atMs + day }]);
  }),
);

test(
  "get a new reason and time when they are muted again, and are gone when it is over or they are unmuted",
  withBed(async (bed) => {
    const { operations } = bed;
    await operations.mute(namespace, { class: "unit", tests: [{ key: "a" }, { key: "b" }], forMs: 1_000 });
    await operations.mute(namespace, { class: "unit", tests: [{ key: "b" }], reason: "still" });
    await bed.advance(1_001);
    expect((await operations.listMuted(namespace, {})).items).toMatchObject([{ key: "b", reason: "still" }]);
    const asked = { class: "unit", tests: [{ key: "a" }, { key: "b" }, { key: "b", example: "x" }] };
    expect((await operations.unmute(namespace, asked)).items.map(({ key }) => key)).toEqual(["b"]);
    expect(await names(bed)).toEqual([]);
  }),
);

test(
  "come page by page, and a cursor of elsewhere is refused",
  withBed(async (bed) => {
    const tests = [{ key: "a" }, { key: "a", example: "one" }, { key: "a", example: "two" }, { key: "b" }];
    await bed.operations.mute(namespace, { class: "unit", tests });
    const pages: number[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await bed.operations.listMuted(namespace, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      pages.push(page.items.length);
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(pages).toEqual([3, 1]);
    for (const cursor of ["x", Buffer.from('["a","b"]').toString("base64url")])
      await expect(bed.operations.listMuted(namespace, { cursor })).rejects.toMatchObject({ code: "invalid-cursor" });
  }),
);

test(
  "are no more than a class may have, all of a request or none, also when two come at once",
  withBed(async (bed) => {
    const { operations } = bed;
    const mute = (tests: MutedTest[]) => operations.mute(namespace, { class: "unit", tests });
    const outcomes = await Promise.allSettled([mute(many(600, "x")), mute(many(600, "y"))]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({
      code: "too-large",
      details: { count: 1_200, max: limits.mutedMax },
    });
    expect(await names(bed)).toHaveLength(600);
    await mute(many(600, "x"));
    await mute(many(400, "z"));
  }),
);

test(
  "are no more than a namespace may have",
  withBed(async (bed) => {
    const { operations } = bed;
    const classes = limits.mutedKeptMax / limits.mutedMax;
    for (let n = 0; n < classes; n += 1)
      await operations.mute(namespace, { class: `c${n}`, tests: many(limits.mutedMax) });
    const more = { class: "more", tests: [{ key: "a" }] };
    await expect(operations.mute(namespace, more)).rejects.toMatchObject({ code: "too-large" });
    await operations.mute("other", more);
    await operations.unmute(namespace, { class: "c0", tests: many(1) });
    await operations.mute(namespace, more);
  }),
);

test(
  "are not changed by an engine whose store belongs to another",
  withBed(async (bed) => {
    // As an epoch of an engine that came after it would have it.
    const { epochs } = bed.engine.loop.state as unknown as { epochs: number[] };
    epochs[0]! -= 1;
    const refused = bed.operations.mute(namespace, { class: "unit", tests: [{ key: "a" }] });
    await expect(refused).rejects.toMatchObject({ code: "shutting-down" });
    epochs[0]! += 1;
    expect(await names(bed)).toEqual([]);
  }),
);
