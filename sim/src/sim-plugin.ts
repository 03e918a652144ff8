import { definePlugin, defineTask, NonRetryableError, type Plugin } from "@capstan/plugin";
import type { Ledger } from "./ledger.js";
import type { Lifetime } from "./lifetime.js";

export const outcomes = ["ok", "fail", "skip", "final", "hang", "stubborn"] as const;
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
}

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
  // What ignores its signal goes on for longer than the grace.
  if (outcome === "stubborn") return sleep(place, input.ms + 8_000);
  await sleep(place, outcome === "hang" ? 3_600_000 : input.ms, signal);
  if (outcome === "fail") throw new Error("it failed");
  if (outcome === "final") throw new NonRetryableError("it will never work");
}

/** The plugin of the simulation on one machine: tasks that take their time and end as their input says. */
export function simPlugin(version: string, place: SimPlace): Plugin {
  const { machine, life, ledger } = place;
  const nowMs = (): number => life.clock.monotonicMs();
  return definePlugin({
    name: "sim",
    version,
    tasks: [
      defineTask({
        name: "work",
        run: async (input: SimInput, { signal, trial, skip }) => {
          const { id, task, round, number, revision } = trial;
          const facts = { machine, version, revision, isSafe: input.isSafe, startedMs: nowMs() };
          const execution = { ...facts, task, round, trial: id, endedMs: undefined, outcome: undefined };
          ledger.begin(execution);
          const outcome = input.plan[Math.min(number, input.plan.length) - 1]!;
          let ended: string = "aborted";
          try {
            await perform(place, input, { outcome, signal });
            ended = outcome;
          } finally {
            ledger.end(execution, ended === "aborted" && !signal.aborted ? outcome : ended, nowMs());
          }
          if (outcome === "skip") skip("nothing to do");
          return { trial: id, version };
        },
      }),
    ],
  });
}
