import { expect, test } from "vitest";
import { namespace, withBed } from "../engine/engine-bed.test.support.js";

test(
  "what was learnt of a class comes by key, page by page, and a cursor of elsewhere is refused",
  withBed(async (bed) => {
    const worker = bed.worker();
    await worker.join({ slots: 1 }, 1);
    for (const key of ["b", "a", "c"]) {
      await bed.operations.launchTaskset(namespace, {
        class: "unit",
        profile: "test",
        definition: "command/run",
        tasks: [{ key, input: { command: "true" } }],
      });
      await bed.settle();
      await worker.report(await worker.accept(), "succeeded");
      await worker.send({ type: "acquire", revisions: "any", credits: 1 });
    }
    await bed.advance(1);
    const first = await bed.operations.listEstimates(namespace, { class: "unit", limit: 2 });
    expect(first.items).toEqual([
      expect.objectContaining({ class: "unit", key: "a", samples: 1 }),
      expect.objectContaining({ class: "unit", key: "b", samples: 1 }),
    ]);
    expect(first.items[0]).not.toHaveProperty("namespace");
    const cursor = first.nextCursor!;
    const second = await bed.operations.listEstimates(namespace, { class: "unit", limit: 2, cursor });
    expect(second).toEqual({ items: [expect.objectContaining({ key: "c" })] });
    const forgotten = Buffer.from(JSON.stringify(["bb"])).toString("base64url");
    expect(await bed.operations.listEstimates(namespace, { class: "unit", cursor: forgotten })).toEqual(second);
    expect(await bed.operations.listEstimates(namespace, { class: "other" })).toEqual({ items: [] });
    expect(await bed.operations.listEstimates("elsewhere", { class: "unit" })).toEqual({ items: [] });
    await expect(bed.operations.listEstimates(namespace, { class: "unit", cursor: "!" })).rejects.toMatchObject({
      code: "invalid-cursor",
    });
  }),
);
