import type { Quarantine, Runtime, Statistics, WorkerStatus } from "@capstan/protocol";
import type { Deadline } from "../deadline/deadlines.js";
import type { Demand } from "../dispatch/demand.js";
import type { Offer } from "./offer.js";
import type { Trial } from "./trial.js";
import type { Wake } from "./wake.js";

export interface WorkerFacts {
  readonly namespace: string;
  readonly id: string;
  readonly name: string;
  readonly session: string;
  readonly secretHash: string;
  readonly joinedAtMs: number;
}

/** Why and until when a worker is not offered a revision (or anything: key `*`). */
export interface Rest {
  untilMonoMs: number;
  /** Declines in a row, for the backoff and the quarantine. */
  count: number;
  readonly reason: string;
}

/** One worker's standing: outlives its connections. */
export class Worker {
  status: WorkerStatus = "joining";
  labels: ReadonlySet<string> = new Set();
  slots = 0;
  runtimes: ReadonlySet<Runtime> = new Set();
  readonly revisions = new Set<string>();
  /** Revisions it asked for; `any` when it may fetch others. */
  acquires: "any" | ReadonlySet<string> = "any";
  /** Offers it may be made beyond those it has. */
  credits = 0;
  isConnected = false;
  isDraining = false;
  readonly offers = new Map<number, Offer>();
  prefetched = 0;
  /** What the prefetched ones are expected to take in all. */
  prefetchedMs = 0;
  readonly trials = new Map<string, Trial>();
  readonly demands = new Set<Demand>();
  readonly rests = new Map<string, Rest>();
  quarantines: Quarantine[] = [];
  /** When those of them end that do so by themselves. */
  readonly quarantineEnds = new Map<Quarantine, Deadline<Wake>>();
  /** Failures to set up, load or keep an executor alive, by scope, since the last success. */
  readonly failures = new Map<string, number>();
  readonly advised = new Set<string>();
  /** Tasksets whose workspaces it may have to do with: what it says of others is not heard. */
  readonly workspaces = new Set<string>();
  lastSeenMonoMs = 0;
  lastSeenAtMs = 0;
  silence: Deadline<Wake> | null = null;
  /** While it is lost: when its session ends. */
  forgetting: Deadline<Wake> | null = null;
  statistics: Statistics | undefined;
  lastDecline: string | undefined;
  isDirty = false;
  /** Its session has ended: it has no row any more. */
  isForgotten = false;

  constructor(readonly facts: WorkerFacts) {}

  get id(): string {
    return this.facts.id;
  }
  get namespace(): string {
    return this.facts.namespace;
  }
  /** Whether it may be offered anything at all. */
  get isOpen(): boolean {
    return this.isConnected && !this.isDraining && this.status === "ready";
  }
}
