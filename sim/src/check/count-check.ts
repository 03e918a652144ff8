import type { FinishedTaskRow, TrialEndRow } from "@capstan/core";

type End = Pick<TrialEndRow, "n" | "round" | "status" | "isCounted">;

/** What a verdict says of its trials is what their records say: failures are counted, losses are counted apart. */
export class CountCheck {
  readonly #ends = new Map<string, Map<number, End>>();

  ended(task: string, { n, round, status, isCounted }: End): void {
    const ends = this.#ends.get(task) ?? new Map<number, End>();
    ends.set(n, { n, round, status, isCounted });
    this.#ends.set(task, ends);
  }

  /** @throws Error when the counts differ from a recount. */
  finished({ id, round, trialsCounted, trialsLost }: FinishedTaskRow): void {
    const counted = [...(this.#ends.get(id)?.values() ?? [])].filter((end) => end.isCounted && end.round === round);
    const lost = counted.filter(({ status }) => status === "lost").length;
    // A trial that was called lost and came back costs nothing, and is called lost until it ends anew.
    const isLostRight = lost === trialsLost || lost === trialsLost + 1;
    if (!isLostRight || counted.length - lost !== trialsCounted)
      throw new Error(
        `${id} ends with ${trialsCounted} failures and ${trialsLost} losses, and its trials with ${counted.length - lost} and ${lost}`,
      );
  }
}
