import type { Capstan } from "@capstan/client";
import type { TasksetView } from "@capstan/protocol";
import type { RunningTask } from "../render/progress.js";

/** So many are asked for; a terminal shows fewer. */
const shownMax = 20;

/** What of a taskset runs now, and since when it was seen to. */
export class RunningTasks {
  readonly #client: Capstan;
  readonly #taskset: string;
  #tasks = new Map<string, RunningTask>();

  constructor(client: Capstan, taskset: string) {
    this.#client = client;
    this.#taskset = taskset;
  }

  get list(): readonly RunningTask[] {
    return [...this.#tasks.values()];
  }

  /** Whether more run than the lists had. */
  lacksSome({ counts }: TasksetView): boolean {
    return this.#tasks.size < Math.min(counts.running, shownMax);
  }

  /** Looks what runs now; asks for nothing when nothing does. */
  async refresh({ counts }: TasksetView, nowMs: number): Promise<void> {
    const next = new Map<string, RunningTask>();
    // A trial that was granted may run for a while before its start is written down.
    for (const status of ["running", "granted"] as const) {
      if (next.size >= Math.min(counts.running, shownMax)) break;
      const query = { taskset: this.#taskset, status, limit: shownMax };
      for await (const { id, key, definition, estimateMs } of this.#client.tasks(query)) {
        next.set(id, this.#tasks.get(id) ?? { label: key ?? definition, sinceMs: nowMs, estimateMs });
        if (next.size >= shownMax) break;
      }
    }
    this.#tasks = next;
  }
}
