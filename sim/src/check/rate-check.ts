import type { EngineState, Trial } from "@capstan/core";

/** In any window as long as a rate's, no more grants than it allows: by when each trial was granted, within one engine's life. */
export class RateCheck {
  #state: EngineState | undefined;
  #seen = new WeakSet<Trial>();
  readonly #grants = new Map<string, number[]>();

  /** Looks at the trials that are new. @throws Error the rate that is exceeded. */
  check(state: EngineState): void {
    if (state !== this.#state) return this.#startAnew(state);
    for (const trial of state.trials.values()) {
      if (this.#seen.has(trial)) continue;
      this.#seen.add(trial);
      const { rate } = trial.task.taskClass.spec.policy;
      // What is taken in again was granted by another engine, or counted before.
      if (rate !== null && trial.status === "granted") this.#note(trial.grantedMonoMs, rate);
    }
  }

  #note(atMs: number, { key, limit, perMs }: { key: string; limit: number; perMs: number }): void {
    const grants = this.#grants.get(key) ?? [];
    this.#grants.set(key, grants);
    grants.push(atMs);
    const before = grants.at(-1 - limit);
    if (before !== undefined && atMs - before < perMs)
      throw new Error(`${limit + 1} trials of the rate ${key} were granted within ${atMs - before} ms`);
    if (grants.length > 2 * limit) grants.shift();
  }

  #startAnew(state: EngineState): void {
    this.#state = state;
    this.#grants.clear();
    this.#seen = new WeakSet(state.trials.values());
  }
}
