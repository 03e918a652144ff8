import { limits, type FlakyView } from "@capstan/protocol";
import { expect, test } from "vitest";
import { namespace, withBed, type EngineBed, type TestWorker } from "../engine/engine-bed.test.support.js";

const failed = { examples: [{ id: "a", name: "A", status: "failed", durationMs: 1 }] };

/** Runs a task of the class under each key: it fails first with the output, and then succeeds. */
async function waver(
  { bed, worker }: { bed: EngineBed; worker: TestWorker },
  keys: readonly string[],
  output: unknown = failed,
) {
  for (const key of keys) {
    await bed.operations.launchTaskset(namespace, {
      class: "unit",
      profile: "test",
      definition: "command/run",
      tasks: [{ key, input: { command: "true" } }],
    });
    await bed.settle();
    for (const status of ["failed", "succeeded"] as const) {
      await worker.report(await worker.accept(), status, output);
      await worker.send({ type: "acquire", revisions: "any", credits: 1 });
    }
    await bed.advance(1);
  }
}

async function list(bed: EngineBed, query: Parameters<EngineBed["operations"]["listFlaky"]>[1] = {}) {
  return bed.operations.listFlaky(namespace, query);
}

test(
  "flaky verdicts are kept by class and key with the verdict, and survive a restart",
  withBed(async (bed) => {
    const worker = bed.worker();
    await worker.join({ slots: 1 }, 1);
    await waver({ bed, worker }, ["one", "two", "one"]);
    await bed.kill();
    await bed.start();
    const { items } = await list(bed, { class: "unit" });
    expect(items.every(({ verdicts }) => verdicts === undefined)).toBe(true);
    expect(items.map(({ key, count, passes }) => [key, count, passes])).toEqual([
      ["one", 2, 2],
      ["two", 1, 1],
    ]);
    const [one] = items as [FlakyView];
    expect(one.examples).toEqual([{ id: "a", name: "A", count: 2 }]);
    const [{ verdicts = [] }] = (await list(bed, { class: "unit", key: "one" })).items as [FlakyView];
    expect(verdicts[0]!.atMs).toBeGreaterThan(verdicts[1]!.atMs);
    expect(await list(bed, { class: "other" })).toEqual({ items: [] });
    expect((await list(bed, { key: "two" })).items).toHaveLength(1);
  }),
);

test(
  "flaky keys come page by page, and a cursor of elsewhere is refused",
  withBed(async (bed) => {
    const worker = bed.worker();
    await worker.join({ slots: 1 }, 1);
    await waver({ bed, worker }, ["a", "b", "c"]);
    const keys: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await list(bed, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      keys.push(...page.items.map(({ key }) => key));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(keys).toEqual(["a", "b", "c"]);
    for (const cursor of ["x", Buffer.from("[1,2]").toString("base64url")])
      await expect(list(bed, { cursor })).rejects.toMatchObject({ code: "invalid-cursor" });
  }),
);

test.each([
  ["texts", { examples: ["failed"] }],
  ["a text", { examples: "failed" }],
  ["objects of other things", { examples: [{ id: 1, name: {}, status: ["failed"] }, null, 7] }],
  ["nothing", null],
])("an output whose examples are %s breaks no commit, and names none", async (_, output) => {
  await withBed(async (bed) => {
    const worker = bed.worker();
    await worker.join({ slots: 1 }, 1);
    await waver({ bed, worker }, ["k"], output);
    expect((await list(bed)).items).toMatchObject([{ key: "k", count: 1, examples: [] }]);
    expect(bed.engine.measures().commits.failed).toBe(0);
  })();
});

test(
  "an answer names few examples of each key, and the verdicts only of one that is asked for",
  withBed(async (bed) => {
    const worker = bed.worker();
    await worker.join({ slots: 1 }, 1);
    const keys = Array.from({ length: 25 }, (_, n) => `k${String(n).padStart(2, "0")}`);
    for (let round = 0; round < 3; round += 1) {
      const examples = Array.from({ length: 10 }, (_, n) => {
        const id = n === 0 ? "always" : `${round}-${n}`;
        return { id, name: id, status: "failed", durationMs: 1 };
      });
      await waver({ bed, worker }, keys, { examples });
    }
    const { items, nextCursor } = await list(bed, { limit: 23 });
    expect(items.map(({ key }) => key)).toEqual(keys.slice(0, 23));
    expect((await list(bed, { limit: 23, cursor: nextCursor! })).items.map(({ key }) => key)).toEqual(keys.slice(23));
    for (const { count, examples, verdicts } of items) {
      expect([count, examples.length, verdicts]).toEqual([3, limits.flakyExamplesMax, undefined]);
      expect(examples[0]).toEqual({ id: "always", name: "always", count: 3 });
    }
    expect((await list(bed, { key: "k07" })).items[0]!.verdicts).toHaveLength(3);
  }),
  60_000,
);
