import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed } from "../bed/process-bed.js";

test("tasks keep the revision that they were launched with, and the default is switched back by one call", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    const { client } = bed;
    const inputs = Array.from({ length: 20 }, () => null);
    const first = await deployProbe(client, "v1");
    const old = await client.launchMany("probe/version", inputs);
    const second = await deployProbe(client, "v2");
    expect(second.id).not.toBe(first.id);
    const fresh = await client.launchMany("probe/version", inputs);
    await client.plugins.switchDefault("probe", first.id);
    const back = await client.launchMany("probe/version", inputs);
    // Through a restart too, and with workers that hold neither revision yet.
    await bed.killEngine();
    await bed.startEngine();
    await Promise.all([bed.startWorker("one", { slots: 2 }), bed.startWorker("two", { slots: 2 })]);
    const said = async (tasks: typeof old): Promise<Set<unknown>> =>
      new Set(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 30_000 }))));
    expect([...(await said(old))]).toEqual(["v1"]);
    expect([...(await said(fresh))]).toEqual(["v2"]);
    expect([...(await said(back))]).toEqual(["v1"]);
  });
}, 60_000);
