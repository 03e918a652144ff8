import { definePlugin, defineTask, NonRetryableError, type Plugin } from "@capstan/plugin";
import type { Ledger } from "../check/ledger.js";
import type { Lifetime } from "../world/lifetime.js";

export const outcomes = ["ok", "fail", "skip", "final", "hang", "stubborn", "crash"] as const;
export type SimOutcome = (typeof outcomes)[number];

export interface SimInput {
  readonly ms: number;
  readonly isSafe: boolean;
  /** What the trials of a round do, one after another; the last word holds for all that follow. */
  readonly plan: readonly SimOutcome[];
}

export interface SimPlace {
  readonly machine: string;
  readonly life: Lifetime;
  readonly ledger: Ledger;
  /** The world's time, for the ledger. */
  readonly nowMs: () => number;
}

/** What trial `number` of a round does. */
export function outcomeOf({ plan }: SimInput, number: number): SimOutcome {
  return plan[Math.min(number, plan.length) - 1]!;
}

/** What ignores its signal goes on for longer than the grace. */
export const stubbornMs = 8_000;

function sleep({ life }: SimPlace, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = life.clock.setTimer(ms, resolve);
    signal?.addEventListener("abort", () => (timer.cancel(), reject(new Error("aborted"))), { once: true });
  });
}

async function perform(
  place: SimPlace,
  input: SimInput,
  { outcome, signal }: { outcome: SimOutcome; signal: AbortSignal },
) {
  if (outcome === "stubborn") return sleep(place, input.ms + stubbornMs);
  await sleep(place, outcome === "hang" ? 3_600_000 : input.ms, signal);
  if (outcome === "fail" || outcome === "crash") throw new Error("it failed");
  if (outcome === "final") throw new NonRetryableError("it will never work");
}

/** The plugin of the simulation on one machine: tasks that take their time and end as their input says. */
export function simPlugin(version: string, place: SimPlace): Plugin {
  const { machine, ledger, nowMs } = place;
  return definePlugin({
    name: "sim",
    version,
    tasks: [
      defineTask({
        name: "work",
        run: async (input: SimInput, { signal, trial, skip }) => {
          const { id, task, round, number, revision } = trial;
          const execution = { task, trial: id, round, machine, revision, isSafe: input.isSafe };
          const begun = { ...execution, isProcess: false, startedMs: nowMs() };
          ledger.begin(begun);
          const outcome = outcomeOf(input, number);
          let ended = "aborted";
          try {
            await perform(place, input, { outcome, signal });
            ended = outcome === "stubborn" ? "ok" : outcome;
          } finally {
            ledger.end(begun, ended === "aborted" && !signal.aborted ? outcome : ended, nowMs());
          }
          if (outcome === "skip") skip("nothing to do");
          return { trial: id, version };
        },
      }),
    ],
  });
}
