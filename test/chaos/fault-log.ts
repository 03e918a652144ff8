import { monotonicMs } from "../bed/journal.js";

/** What is done to an engine, a worker, its connection, or the engine's disk. */
export const faultKinds = [
  "engine-kill",
  "engine-crash",
  "engine-freeze",
  "worker-kill",
  "machine-kill",
  "executor-kill",
  "spawner-kill",
  "worker-freeze",
  "machine-freeze",
  "worker-leave",
  "link-cut",
  "link-silence",
  "link-slow",
  "link-damage",
  "disk-full",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** One fault as it happened, on the machine's monotonic clock. */
export interface Fault {
  readonly kind: FaultKind;
  /** What it was done to, such as `engine` or `worker-2`. */
  readonly target: string;
  readonly fromMs: number;
  /** When everything was as before; unset while it lasts. */
  untilMs?: number;
  /** What it was exactly. */
  readonly what?: string;
  /** The processes that died of it, or were stopped. */
  readonly pids?: readonly number[];
  readonly kills: number;
}

export type FaultFacts = Pick<Fault, "kind" | "target"> & Partial<Pick<Fault, "what" | "pids" | "kills">>;

/** All faults in their order. */
export class FaultLog {
  readonly faults: Fault[] = [];
  readonly #told: (fault: Fault) => void;

  constructor(told: (fault: Fault) => void = () => {}) {
    this.#told = told;
  }

  get kills(): number {
    return this.faults.reduce((sum, { kills }) => sum + kills, 0);
  }

  /** Takes a fault down as it begins. Give it to {@link end} when everything is as before. */
  begin(facts: FaultFacts): Fault {
    const fault = { kills: 0, ...facts, fromMs: monotonicMs() };
    this.faults.push(fault);
    return fault;
  }

  end(fault: Fault): void {
    fault.untilMs = monotonicMs();
    this.#told(fault);
  }

  /** How often each kind happened. */
  counts(): Readonly<Record<FaultKind, number>> {
    const entries = faultKinds.map((kind) => [kind, this.faults.filter((fault) => fault.kind === kind).length]);
    return Object.fromEntries(entries) as Record<FaultKind, number>;
  }
}
