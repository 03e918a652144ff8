import { limits, times, type Policy, type Profile } from "@capstan/protocol";

export interface ResolvedBackoff {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** 0–1: the share of the delay that is random. */
  readonly jitter: number;
}

export interface ResolvedConcurrency {
  readonly key: string;
  readonly limit: number;
}

export interface ResolvedRate {
  readonly key: string;
  readonly limit: number;
  readonly perMs: number;
}

/** A policy of which every field is definite; null says that there is no such limit, or that no layer set it. */
export interface ResolvedPolicy {
  readonly profile: Profile;
  readonly maxTrials: number;
  readonly maxLosses: number;
  readonly safeToRerun: boolean;
  /** Explicit soft limit; null when no layer sets one, so that profile and estimate decide. */
  readonly timeoutMs: number | null;
  /** Explicit hard limit, never below `timeoutMs`; null when no layer sets one. */
  readonly hardTimeoutMs: number | null;
  readonly stopGraceMs: number;
  readonly expiresMs: number | null;
  readonly leaseMs: number;
  readonly backoff: ResolvedBackoff;
  /** 0–9, higher first. */
  readonly priority: number;
  readonly concurrency: ResolvedConcurrency | null;
  readonly rate: ResolvedRate | null;
  /** Sorted, each once: what a worker must carry, all of them. */
  readonly labels: readonly string[];
  readonly speculation: boolean;
  readonly trialsPerExecutor: number;
  readonly executorTrialsMax: number | null;
  readonly executorMemoryBytesMax: number | null;
  readonly memoryBytes: number | null;
  readonly outputBytesMax: number;
}

const jobBackoff: ResolvedBackoff = { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.5 };
const testBackoff: ResolvedBackoff = { ...jobBackoff, initialMs: 0 };

/**
 * Lays policies over the defaults of a profile: a later layer wins over an earlier one, so the order is definition,
 * taskset, launch. `backoff`, `concurrency` and `rate` are merged field by field, labels are united. The keys of
 * `concurrency` and `rate` default to the definition's name, their limits to 1, `perMs` to 1,000.
 */
export function resolvePolicy(
  profile: Profile,
  definitionName: string,
  ...layers: readonly (Policy | null | undefined)[]
): ResolvedPolicy {
  let given: Policy = {};
  for (const layer of layers) if (layer !== null && layer !== undefined) given = overlay(given, layer);
  return {
    profile,
    maxTrials: given.maxTrials ?? 3,
    maxLosses: given.maxLosses ?? 3,
    safeToRerun: given.safeToRerun ?? true,
    timeoutMs: given.timeoutMs ?? null,
    hardTimeoutMs: given.hardTimeoutMs ?? null,
    stopGraceMs: given.stopGraceMs ?? times.stopGraceMs,
    expiresMs: given.expiresMs ?? null,
    leaseMs: given.leaseMs ?? times.leaseMs,
    backoff: { ...(profile === "test" ? testBackoff : jobBackoff), ...given.backoff },
    priority: given.priority ?? 5,
    concurrency: given.concurrency === undefined ? null : { key: definitionName, limit: 1, ...given.concurrency },
    rate: given.rate === undefined ? null : { key: definitionName, limit: 1, perMs: 1_000, ...given.rate },
    labels: given.labels === undefined ? [] : [...new Set(given.labels)].toSorted(),
    speculation: given.speculation ?? profile === "test",
    trialsPerExecutor: given.trialsPerExecutor ?? 1,
    executorTrialsMax: given.executorTrialsMax ?? null,
    executorMemoryBytesMax: given.executorMemoryBytesMax ?? null,
    memoryBytes: given.memoryBytes ?? null,
    outputBytesMax: given.outputBytesMax ?? limits.trialOutputBytesMax,
  };
}

function overlay(under: Policy, over: Policy): Policy {
  const merged: Policy = { ...under, ...over };
  if (under.backoff !== undefined && over.backoff !== undefined) merged.backoff = { ...under.backoff, ...over.backoff };
  if (under.concurrency !== undefined && over.concurrency !== undefined) {
    merged.concurrency = { ...under.concurrency, ...over.concurrency };
  }
  if (under.rate !== undefined && over.rate !== undefined) merged.rate = { ...under.rate, ...over.rate };
  if (under.labels !== undefined && over.labels !== undefined) merged.labels = [...under.labels, ...over.labels];
  reconcileTimeouts(merged, over);
  return merged;
}

/** The hard limit never lies below the soft one: where two layers disagree, the later one's word stands. */
function reconcileTimeouts(merged: Policy, over: Policy): void {
  const { timeoutMs, hardTimeoutMs } = merged;
  if (timeoutMs === undefined || hardTimeoutMs === undefined || hardTimeoutMs >= timeoutMs) return;
  if (over.hardTimeoutMs === undefined) delete merged.hardTimeoutMs;
  else merged.timeoutMs = hardTimeoutMs;
}
