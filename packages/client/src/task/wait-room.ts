import type { TaskView } from "@capstan/protocol";
import type { Connection } from "../connection/connection.js";
import { VerdictWatch } from "./verdict-watch.js";
import { waitForTask, type WaitOptions } from "./wait.js";

/**
 * Where those wait who want a verdict. A few hold a request open each, which tells them soonest; the many share one
 * stream of events, so that a thousand waits need no thousand connections.
 */
export class WaitRoom {
  readonly connection: Connection;
  readonly #watch: VerdictWatch;
  #longPolls = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#watch = new VerdictWatch(connection);
  }

  /** Waits for a task's verdict, whatever it is. */
  async wait(task: string, options: WaitOptions): Promise<TaskView> {
    if (this.#longPolls >= this.connection.settings.longPollsMax) return this.#watch.wait(task, options);
    this.#longPolls += 1;
    try {
      return await waitForTask(this.connection, task, options);
    } finally {
      this.#longPolls -= 1;
    }
  }
}
