import type { SeededRandom } from "@capstan/testkit";
import { crashPoints } from "../bed/crash-point.js";
import type { EnginePlace } from "./engine-place.js";
import type { FaultKind } from "./fault-log.js";
import type { WorkerPlace } from "./worker-place.js";

/** What faults happen to. */
export interface Scene {
  readonly engine: EnginePlace;
  readonly workers: readonly WorkerPlace[];
  readonly leaseMs: number;
  /** Launches until the engine has refused. */
  readonly press: () => Promise<void>;
}

/** A fault that was drawn, with all that is left to chance decided. */
export interface DrawnFault {
  readonly kind: FaultKind;
  /** Faults of one room come one after another; those of different rooms meet. */
  readonly room: string;
  readonly strike: () => Promise<void>;
}

type Draw = (scene: Scene, random: SeededRandom) => Omit<DrawnFault, "kind">;

interface Kind {
  /** Its share among those of its group. */
  readonly weight: number;
  readonly draw: Draw;
}

/** Shorter than a lease as often as longer. */
function freezeMs({ leaseMs }: Scene, random: SeededRandom): number {
  return random.chance(0.5) ? random.int(100, leaseMs / 2) : random.int(leaseMs + 500, leaseMs + 2_500);
}

/** Mostly as short as a supervisor takes, now and then so long that leases end. */
function downMs({ leaseMs }: Scene, random: SeededRandom): number {
  return random.chance(0.2) ? random.int(leaseMs, leaseMs + 2_000) : random.int(0, 1_500);
}

function onEngine(strike: (engine: EnginePlace, scene: Scene, random: SeededRandom) => () => Promise<void>): Draw {
  return (scene, random) => ({ room: "engine", strike: strike(scene.engine, scene, random) });
}

function onWorker(strike: (worker: WorkerPlace, scene: Scene, random: SeededRandom) => () => Promise<void>): Draw {
  return (scene, random) => {
    const worker = random.pick(scene.workers);
    return { room: worker.name, strike: strike(worker, scene, random) };
  };
}

function onLink(strike: (worker: WorkerPlace, scene: Scene, random: SeededRandom) => () => Promise<void>): Draw {
  return (scene, random) => {
    const worker = random.pick(scene.workers);
    return { room: `link of ${worker.name}`, strike: strike(worker, scene, random) };
  };
}

const kills: Readonly<Partial<Record<FaultKind, Kind>>> = {
  "engine-kill": {
    weight: 3,
    draw: onEngine((engine, scene, random) => {
      const forMs = random.chance(0.1) ? downMs(scene, random) : random.int(0, 500);
      return () => engine.kill(forMs);
    }),
  },
  "engine-crash": {
    weight: 1,
    draw: onEngine((engine, _, random) => {
      const [point, n] = [random.pick(crashPoints), random.int(1, 100)];
      return () => engine.crash(point, n);
    }),
  },
  "worker-kill": {
    weight: 6,
    draw: onWorker((worker, scene, random) => {
      const forMs = downMs(scene, random);
      return () => worker.killWorker(forMs);
    }),
  },
  "machine-kill": {
    weight: 5,
    draw: onWorker((worker, scene, random) => {
      const forMs = downMs(scene, random);
      return () => worker.killMachine(forMs);
    }),
  },
  "executor-kill": {
    weight: 6,
    draw: onWorker((worker, _, random) => {
      const share = random.fraction();
      return () => worker.killExecutor((pids) => pids[Math.floor(share * pids.length)]!);
    }),
  },
  "spawner-kill": { weight: 1, draw: onWorker((worker) => () => worker.killSpawner()) },
};

const others: Readonly<Partial<Record<FaultKind, Kind>>> = {
  "engine-freeze": {
    weight: 2,
    draw: onEngine((engine, scene, random) => {
      const forMs = freezeMs(scene, random);
      return () => engine.freeze(forMs);
    }),
  },
  "disk-full": {
    weight: 1,
    draw: (scene, random) => {
      const forMs = random.int(500, 3_000);
      return { room: "disk", strike: () => scene.engine.fillDisk(forMs, scene.press) };
    },
  },
  "worker-freeze": {
    weight: 2,
    draw: onWorker((worker, scene, random) => {
      const forMs = freezeMs(scene, random);
      return () => worker.freezeWorker(forMs);
    }),
  },
  "machine-freeze": {
    weight: 2,
    draw: onWorker((worker, scene, random) => {
      const forMs = freezeMs(scene, random);
      return () => worker.freezeMachine(forMs);
    }),
  },
  "worker-leave": { weight: 2, draw: onWorker((worker) => () => worker.leave()) },
  "link-cut": {
    weight: 3,
    draw: onLink((worker, scene, random) => {
      const forMs = random.chance(0.7) ? random.int(0, 1_500) : freezeMs(scene, random);
      const facts = { kind: "link-cut", what: `for ${forMs} ms` } as const;
      return () => worker.disturb(facts, (proxy) => proxy.cut(), forMs);
    }),
  },
  "link-silence": {
    weight: 3,
    draw: onLink((worker, scene, random) => {
      const forMs = freezeMs(scene, random);
      const ways = random.pick([["toEngine"], ["toWorker"], ["toEngine", "toWorker"]] as const);
      const facts = { kind: "link-silence", what: `${ways.join(" and ")} for ${forMs} ms` } as const;
      return () => worker.disturb(facts, (proxy) => ways.forEach((way) => proxy[way].silence()), forMs);
    }),
  },
  "link-slow": {
    weight: 2,
    draw: onLink((worker, _, random) => {
      const forMs = random.int(2_000, 6_000);
      const pace = { latencyMs: random.int(50, 600), bytesPerSecond: random.int(2_000, 50_000) };
      const facts = { kind: "link-slow", what: `${JSON.stringify(pace)} for ${forMs} ms` } as const;
      const slow = (): void => [worker.proxy.toEngine, worker.proxy.toWorker].forEach((lane) => lane.slow(pace));
      return () => worker.disturb(facts, slow, forMs);
    }),
  },
  "link-damage": {
    weight: 3,
    draw: onLink((worker, _, random) => {
      const forMs = random.int(500, 3_000);
      const way = random.pick(["toEngine", "toWorker"] as const);
      const [damage, chunks] = [random.pick(["flip", "garble"] as const), random.int(1, 4)];
      const facts = { kind: "link-damage", what: `${chunks} × ${damage} ${way} within ${forMs} ms` } as const;
      const own = random.fork(`damage-${random.bits()}`);
      return () => worker.disturb(facts, (proxy) => proxy[way].damage(damage, own, chunks), forMs);
    }),
  },
};

export const faultGroups = { kills, others } as const;
export type FaultGroup = keyof typeof faultGroups;

/** Draws the next fault of a group, among those that are possible here. */
export function drawFault(
  group: FaultGroup,
  scene: Scene,
  { random, isPossible }: { readonly random: SeededRandom; readonly isPossible: (kind: FaultKind) => boolean },
): DrawnFault {
  const kinds = Object.entries(faultGroups[group]).filter(([kind]) => isPossible(kind as FaultKind));
  const drawn = kinds.flatMap(([kind, { weight }]) => Array.from({ length: weight }, () => kind as FaultKind));
  return drawKind(random.pick(drawn), scene, random);
}

/** Draws a fault of that kind. */
export function drawKind(kind: FaultKind, scene: Scene, random: SeededRandom): DrawnFault {
  const { draw } = (kills[kind] ?? others[kind])!;
  return { kind, ...draw(scene, random) };
}
