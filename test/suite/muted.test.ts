import { expect, test } from "vitest";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

type Test = { readonly key: string; readonly example?: string };
const nameOf = ({ key, example }: Test): string => (example === undefined ? key : `${key}::${example}`);

async function kept(bed: ProcessBed): Promise<string[]> {
  const names: string[] = [];
  for await (const view of bed.client.muted.list({ class: "unit" })) names.push(nameOf(view));
  return names;
}

async function restart(bed: ProcessBed): Promise<void> {
  await bed.killEngine();
  await bed.startEngine();
}

test("muted tests that were acknowledged outlive an engine that is killed among them, each request whole", async () => {
  await withBed(async (bed) => {
    const acknowledged = new Set<string>();
    await bed.startEngine();
    for (const life of [1, 2]) {
      const requests = Array.from({ length: 40 }, async (_, n) => {
        const key = `${life}-${String(n).padStart(2, "0")}.test.js`;
        const muted = await bed.client.muted.mute({ class: "unit", tests: [{ key }, { key, example: "adds" }] });
        for (const view of muted) acknowledged.add(nameOf(view));
      });
      // Wherever it is by then: some are stored, and those that wait are sent again to the next engine.
      await Promise.race(requests);
      const before = [...acknowledged];
      await restart(bed);
      const found = await kept(bed);
      expect(found).toEqual(expect.arrayContaining(before));
      const files = found.filter((name) => !name.includes("::"));
      expect(files.map((name) => `${name}::adds`)).toEqual(found.filter((name) => name.includes("::")));
      await Promise.all(requests);
    }
    expect(acknowledged.size).toBe(160);
    const tests = [{ key: "1-00.test.js" }, { key: "2-39.test.js", example: "adds" }];
    expect(await bed.client.muted.unmute({ class: "unit", tests })).toHaveLength(2);
    await restart(bed);
    for (const each of tests) acknowledged.delete(nameOf(each));
    expect(new Set(await kept(bed))).toEqual(acknowledged);
  });
}, 120_000);
