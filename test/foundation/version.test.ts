import { describe, expect, it } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withFoundation } from "./foundation.js";

describe("versions of a plugin", () => {
  it(
    "never run on each other's code: a task keeps the default of its launch, and switching back is one call",
    { timeout: 60_000 },
    withFoundation(async (foundation) => {
      const { client } = foundation;
      const first = await deployProbe(client, "v1");
      const launch = async (count: number) => client.launchMany("probe/version", Array.from({ length: count }));
      const old = await launch(20);
      await deployProbe(client, "v2");
      const young = await launch(20);
      await client.plugins.switchDefault("probe", first.id);
      const back = await launch(5);
      await foundation.startWorker({ slots: 2, runtimes: ["node"] });
      const outputs = async (tasks: typeof old): Promise<Set<unknown>> =>
        new Set(await Promise.all(tasks.map((task) => task.result())));
      expect([await outputs(old), await outputs(young), await outputs(back)]).toEqual([
        new Set(["v1"]),
        new Set(["v2"]),
        new Set(["v1"]),
      ]);
    }),
  );

  it(
    "are there after the engine and the worker have been started again, and run",
    { timeout: 60_000 },
    withFoundation(async (foundation) => {
      const deployed = await deployProbe(foundation.client, "v1");
      const worker = await foundation.startWorker({ slots: 1, runtimes: ["node"] });
      expect(await (await foundation.client.launch("probe/version")).result()).toBe("v1");
      await worker.close();
      await foundation.stopEngine();
      await foundation.startEngine();
      const { client } = foundation;
      expect((await client.plugins.get("probe")).defaultRevision).toBe(deployed.id);
      await foundation.startWorker({ slots: 1, runtimes: ["node"] });
      expect(await (await client.launch("probe/version")).result()).toBe("v1");
    }),
  );
});
