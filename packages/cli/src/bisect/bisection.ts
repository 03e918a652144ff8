import { Reduction } from "./reduction.js";

/** What the runs of one probe said: the file after others, so many times. */
export interface Probe {
  readonly runs: number;
  readonly failed: number;
  /** Runs that came to no end of the file: an executor that died, or a time limit. */
  readonly broken: number;
  /** What one that failed, or else broke, said. */
  readonly message?: string | undefined;
  /** One trial that failed. */
  readonly trial?: string | undefined;
}

export interface BisectionParts {
  /** Runs the file after others, in an executor of its own. */
  readonly probe: (before: readonly string[], signal: AbortSignal) => Promise<Probe>;
  /** How many probes run at once. */
  readonly atOnce: number;
  readonly onRound: (round: Round) => void;
}

/** A round that begins. */
export interface Round {
  readonly round: number;
  /** `check` is the first, `confirm` the last. */
  readonly step: "check" | "reduce" | "confirm";
  /** Files that may still be to blame. */
  readonly files: number;
  readonly probes: number;
  /** An estimate, this one and the last included. */
  readonly roundsLeft: number;
}

/** How it ended. `message` is what the file said when it failed, or the executor when it broke. */
export type Bisected =
  | { readonly outcome: "found"; readonly culprits: readonly string[]; readonly failed: Probe }
  | { readonly outcome: "fails-alone" | "flaky-alone" | "never-fails" | "broken"; readonly failed: Probe }
  | { readonly outcome: "unsteady"; readonly culprits: readonly string[]; readonly failed: Probe };

/** Finds the fewest of the candidates after which the file fails. It must pass alone, and fail after all of them. */
export async function bisect(candidates: readonly string[], parts: BisectionParts): Promise<Bisected> {
  const reduction = new Reduction(candidates, parts.atOnce);
  let round = 0;
  const begin = (step: Round["step"], probes: number): void => {
    const { kept, roundsLeft } = reduction;
    const left = { check: roundsLeft + 2, reduce: Math.max(1, roundsLeft) + 1, confirm: 1 }[step];
    parts.onRound({ round: (round += 1), step, files: kept.length, probes, roundsLeft: left });
  };
  begin("check", 2);
  const refusal = refusalOf(await both(candidates, parts));
  if (refusal !== undefined) return refusal;
  for (let { tries } = reduction; tries.length > 0; { tries } = reduction) {
    begin("reduce", tries.length);
    reduction.take(await firstFailing(tries, parts));
  }
  begin("confirm", 2);
  const culprits = reduction.kept;
  const { alone, after } = await both(culprits, parts);
  const passesAlone = alone.failed === 0 && alone.broken === 0;
  const isSure = passesAlone && after.failed > 0;
  return { outcome: isSure ? "found" : "unsteady", culprits, failed: passesAlone ? after : alone };
}

interface Both {
  readonly alone: Probe;
  readonly after: Probe;
}

async function both(before: readonly string[], { probe, atOnce }: BisectionParts): Promise<Both> {
  const { signal } = new AbortController();
  if (atOnce < 2) return { alone: await probe([], signal), after: await probe(before, signal) };
  const [alone, after] = await Promise.all([probe([], signal), probe(before, signal)]);
  return { alone, after };
}

/** Why there is nothing to look for. */
function refusalOf({ alone, after }: Both): Bisected | undefined {
  if (alone.failed > 0) {
    return { outcome: alone.failed === alone.runs ? "fails-alone" : "flaky-alone", failed: alone };
  }
  if (alone.broken > 0) return { outcome: "broken", failed: alone };
  if (after.failed > 0) return undefined;
  return { outcome: after.broken > 0 ? "broken" : "never-fails", failed: after };
}

/** Probes at once; the first that fails ends the others. Gives its number, undefined when none fails. */
async function firstFailing(
  tries: readonly (readonly string[])[],
  { probe, atOnce }: BisectionParts,
): Promise<number | undefined> {
  const enough = new AbortController();
  const waiting = tries.entries();
  let failing: number | undefined;
  const work = async (): Promise<void> => {
    for (const [at, before] of waiting) {
      if (enough.signal.aborted) return;
      const { failed } = await probe(before, enough.signal);
      if (failed === 0 || enough.signal.aborted) continue;
      failing = at;
      enough.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, atOnce), tries.length) }, work));
  return failing;
}
