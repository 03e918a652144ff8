import type { TaskHandle } from "@capstan/client";
import type { TaskStatus, TaskView, TasksetStatus } from "@capstan/protocol";
import { monotonicMs } from "./journal.js";

/**
 * What the promises say of a task. `safe`: it succeeds, and may run several times. `unsafe`: it may run again after a
 * failure, never beside itself, and a loss fails it. `once`: it runs once at most.
 */
export type Nature = "safe" | "unsafe" | "once";

/** What was launched under one number, as the engine acknowledged it. */
export interface Launch {
  readonly n: number;
  readonly task: string;
  readonly forMs: number;
  /** Default `safe`. */
  readonly nature?: Nature;
  /** Its time lies so far away that it never runs. */
  readonly isFarOff?: boolean;
  readonly taskset?: string;
}

export interface LaunchedTaskset {
  readonly id: string;
  readonly tasks: number;
  /** What the acknowledged cancel of the whole said, where there was one. */
  cancel?: TasksetStatus;
}

/** A verdict as a client was told of it. */
export type ToldVerdict = Pick<TaskView, "status" | "endedAtMs" | "output">;

/** Everything that the engine acknowledged: what it is judged by. */
export class LaunchBook {
  readonly launches: Launch[] = [];
  readonly tasksets: LaunchedTaskset[] = [];
  /** What the acknowledged cancel of a task said. */
  readonly cancels = new Map<string, TaskStatus>();
  readonly verdicts = new Map<string, ToldVerdict>();
  /** Ids that the engine gave for the same idempotency key, when it was asked again. */
  readonly doubled: string[] = [];
  /** Answers that no fault explains. */
  readonly failures: string[] = [];
  /** When launches were acknowledged and verdicts told, on the machine's monotonic clock. */
  readonly answersAtMs: number[] = [];
  readonly #followed = new Set<Promise<void>>();

  add(...launches: readonly Launch[]): void {
    this.answersAtMs.push(monotonicMs());
    this.launches.push(...launches);
  }

  /** Waits beside everything else for the verdict, which must be the same ever after. */
  follow(handle: TaskHandle): void {
    const told = handle.outcome().then(
      ({ status, endedAtMs, output }) => {
        this.answersAtMs.push(monotonicMs());
        this.verdicts.set(handle.id, { status, output, ...(endedAtMs === undefined ? {} : { endedAtMs }) });
      },
      (error: unknown) => void this.failures.push(`nobody told the verdict of ${handle.id}: ${String(error)}`),
    );
    this.#followed.add(told);
    void told.then(() => this.#followed.delete(told));
  }

  get following(): number {
    return this.#followed.size;
  }
}
