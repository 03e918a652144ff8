import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Executor } from "../executor/executor.js";
import { TrialBed } from "../executor/trial-bed.test.support.js";
import { ControlGroup } from "./control-group.js";
import { signalOne } from "./process-group.js";

/** A fresh directory in the hierarchy of version 2 that contains this process, where that can be written. */
function delegated(): string | undefined {
  const own = /^0::(.*)$/m.exec(existsSync("/proc/self/cgroup") ? readFileSync("/proc/self/cgroup", "utf8") : "")?.[1];
  for (const root of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) {
    const path = join(root, own ?? "", `capstan-test-${process.pid}`);
    try {
      if (own === undefined || (!existsSync(join(root, own, "cgroup.kill")) && own !== "/")) continue;
      if (!existsSync(join(root, "cgroup.subtree_control"))) continue;
      mkdirSync(path);
      if (existsSync(join(path, "cgroup.kill"))) return path;
      rmdirSync(path);
    } catch {
      // Not ours to write.
    }
  }
  return undefined;
}

const directory = delegated();

describe.skipIf(directory === undefined)("with a delegated cgroup directory", () => {
  const parent = directory ?? "";
  let bed: TrialBed;
  let executor: Executor;
  beforeAll(async () => {
    bed = await TrialBed.open({ cgroupDirectory: parent });
    executor = await bed.start("command");
  });
  afterAll(async () => {
    await bed.close();
    rmdirSync(parent);
  });
  const groups = (): string[] =>
    readdirSync(parent).filter((name) => name.startsWith("capstan-") && !name.endsWith(".0"));

  it("no process escapes, even without a mark", async () => {
    const script = "env -i setsid sleep 4711 > /dev/null 2>&1 & sleep 0.1; echo $!";
    const trial = bed.run(executor, { command: script });
    expect((await trial.end).status).toBe("succeeded");
    expect(isAlive(Number(trial.stdout()))).toBe(false);
    expect(groups()).toEqual([]);
  });

  it("the hard limit reaches everything", async () => {
    const script = "trap '' TERM; env -i setsid sleep 4712 & echo $!; sleep 100; sleep 100";
    const trial = bed.run(executor, { command: script }, { limits: { softMs: 150, hardMs: 200 } });
    expect((await trial.end).status).toBe("timeout");
    expect(isAlive(Number(trial.stdout()))).toBe(false);
    expect(groups()).toEqual([]);
  });

  it("CPU time is that of the trial, however many run", async () => {
    const busy = bed.run(executor, { command: ["node", "-e", "const t = Date.now(); while (Date.now() - t < 200);"] });
    const idle = bed.run(executor, { command: "sleep 0.2" });
    const [busyEnd, idleEnd] = await Promise.all([busy.end, idle.end]);
    expect(busyEnd.usage?.cpuMs).toBeGreaterThan(50);
    expect(idleEnd.usage?.cpuMs).toBeLessThan(50);
  });

  it("a spawner that dies leaves none of it", async () => {
    const trial = bed.run(executor, { command: "env -i setsid sleep 4713 & echo $!; sleep 100" });
    await trial.printed("\n");
    signalOne(bed.spawner.pid ?? 0, "SIGKILL");
    expect(await trial.end).toMatchObject({ status: "error", error: { name: "SpawnerDied" } });
    const pid = Number(trial.stdout());
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await bed.run(executor, { command: "true" }).end).status).toBe("succeeded");
    expect(groups()).toEqual([]);
  });
});

describe("a directory that is no cgroup", () => {
  it("is not used", () => {
    expect(ControlGroup.prepare("/tmp", "x")).toBeUndefined();
    expect(ControlGroup.prepare("/no/such/place", "x")).toBeUndefined();
  });

  it("does no harm", async () => {
    const bed = await TrialBed.open({ cgroupDirectory: "/no/such/place" });
    const executor = await bed.start("command");
    expect((await bed.run(executor, { command: "sleep 100 & true" }).end).status).toBe("succeeded");
    expect(bed.processes()).toEqual([]);
    await bed.close();
  });
});

function isAlive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
