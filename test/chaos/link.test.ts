import { setTimeout as pause } from "node:timers/promises";
import { SeededRandom } from "@capstan/testkit";
import { expect, test } from "vitest";
import { deployProbe } from "../bed/deploy-probe.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { TcpProxy } from "../bed/tcp-proxy.js";

const leaseMs = 6_000;
const config = { heartbeatMs: 200, unreachableMs: 800, leaseMs };
const tasksEach = 8;
const random = new SeededRandom("links");

interface Disturbance {
  readonly disturb: (proxy: TcpProxy) => void;
  /** How long it lasts, in ms. */
  readonly forMs: number;
  /** Whether the connection does not survive it. */
  readonly isLost?: boolean;
}

const pace = { latencyMs: 150, bytesPerSecond: 8_000 };

const disturbances: Readonly<Record<string, Disturbance>> = {
  "has bytes flipped on the way to the engine": {
    disturb: ({ toEngine }) => toEngine.damage("flip", random),
    forMs: 1_000,
    isLost: true,
  },
  "has bytes flipped on the way to the worker": {
    disturb: ({ toWorker }) => toWorker.damage("flip", random),
    forMs: 1_000,
    isLost: true,
  },
  "has others' bytes in between, both ways": {
    disturb: ({ toEngine, toWorker }) => [toEngine, toWorker].forEach((lane) => lane.damage("garble", random)),
    forMs: 1_000,
    isLost: true,
  },
  "is silent on the way to the engine only": {
    disturb: ({ toEngine }) => toEngine.silence(),
    forMs: 2_500,
  },
  "is silent on the way to the worker only": {
    disturb: ({ toWorker }) => toWorker.silence(),
    forMs: 2_500,
  },
  "is slow both ways": {
    disturb: ({ toEngine, toWorker }) => [toEngine, toWorker].forEach((lane) => lane.slow(pace)),
    forMs: 3_000,
  },
};

/** Runs trials on a worker of its own while its connection is disturbed, and gives what became of them. */
async function runBehind(bed: ProcessBed, at: number, { disturb, forMs, isLost = false }: Disturbance) {
  const proxy = await TcpProxy.start(bed.port);
  try {
    const label = `link-${at}`;
    const { script } = await bed.startWorker(label, { slots: 4, engine: proxy.url, labels: [label] });
    const inputs = Array.from({ length: tasksEach }, (_, n) => {
      return { journal: bed.journal.file, n: at * tasksEach + n, forMs: (n % 4) * 500 };
    });
    const policy = { leaseMs, labels: [label] };
    const half = tasksEach / 2;
    const tasks = [
      ...(await bed.client.launchMany("probe/shared", inputs.slice(0, half), { policy })),
      ...(await bed.client.launchMany("probe/alone", inputs.slice(half), { policy })),
    ];
    await script.waitForLine('"trialStarted"', 20_000);
    disturb(proxy);
    if (isLost) await script.waitForLine('"resumed"', 20_000);
    await pause(forMs);
    proxy.mend();
    const views = await Promise.all(tasks.map((task) => task.outcome({ timeoutMs: 30_000 })));
    return { views, numbers: inputs.map(({ n }) => n), damaged: proxy.toEngine.damaged + proxy.toWorker.damaged };
  } finally {
    proxy.close();
  }
}

test("a connection that is disturbed for less than a lease, in whatever way, loses and doubles no trial", async () => {
  await withBed(async (bed) => {
    await bed.startEngine({ config });
    await deployProbe(bed.client);
    const all = Object.entries(disturbances).map(async ([how, disturbance], at) => {
      const { views, numbers, damaged } = await runBehind(bed, at, disturbance);
      const begun = bed.journal.of("begin").flatMap(({ n }) => (numbers.includes(n) ? [n] : []));
      expect([how, begun.toSorted((left, right) => left - right)]).toEqual([how, numbers]);
      for (const view of views)
        expect([how, view]).toMatchObject([how, { status: "succeeded", trials: { counted: 0, lost: 0 } }]);
      if (disturbance.isLost === true) expect([how, damaged]).not.toEqual([how, 0]);
    });
    await Promise.all(all);
    expect(bed.journal.of("overlap")).toEqual([]);
  });
}, 90_000);
