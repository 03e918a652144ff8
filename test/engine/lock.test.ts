import { join } from "node:path";
import { Script } from "@capstan/testkit";
import { expect, test } from "vitest";
import { withBed } from "../bed/process-bed.js";

const role = new URL("../bed/engine-role.js", import.meta.url);

test("a second engine on the same folder is refused, and the first one goes on", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    const options = JSON.stringify({ folder: join(bed.folder, "data"), port: 0 });
    const second = await Script.start(role, { args: [options] });
    expect((await second.exited).code).not.toBe(0);
    expect(second.stderr).toContain("store-locked");
    await bed.client.launch("command/run", { command: ["true"] });
    // A lock that outlives its engine would need hands after every crash.
    await bed.killEngine();
    const third = await Script.start(role, { args: [options] });
    await third.waitForLine('"url"');
    await third.stop("SIGTERM");
  });
}, 30_000);
