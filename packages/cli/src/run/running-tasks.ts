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

  /** Looks what runs now; asks for nothing when nothing does. */
  async refresh({ counts }: TasksetView, nowMs: number): Promise<void> {
    const next = new Map<string, RunningTask>();
    if (counts.running > 0) {
      const query = { taskset: this.#taskset, status: "running" as const, limit: shownMax };
      for await (const { id, key, definition } of this.#client.tasks(query)) {
        next.set(id, this.#tasks.get(id) ?? { label: key ?? definition, sinceMs: nowMs });
        if (next.size >= shownMax) break;
      }
    }
    this.#tasks = next;
  }
}
