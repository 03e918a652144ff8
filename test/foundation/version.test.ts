import { describe, expect, it } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withFoundation } from "./foundation.js";

describe("versions of a plugin", () => {
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
