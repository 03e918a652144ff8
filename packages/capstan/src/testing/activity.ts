import type { Connection } from "@capstan/protocol";

/** Turns of the event loop without a sign of life after which nothing more is expected. */
const quietTurns = 6;
/** Turns after which time passes all the same: something waits for time, or for the world outside. */
const turnsMax = 5_000;
/** Calls that are held open for as long as there is nothing to say. */
const heldCalls = /\/(wait|events|stdout|stderr)(\?|$)/;

/**
 * Sees everything that passes between client, engine and worker, and so knows when all of them have come to rest. What
 * task code does outside (files, processes, timers of the platform) it does not see.
 */
export class Activity {
  #count = 0;
  #calls = 0;
  #deferred = 0;

  /** Runs a callback at the end of the present turn. */
  readonly defer = (callback: () => void): void => {
    this.#deferred += 1;
    setImmediate(() => {
      this.#deferred -= 1;
      this.#count += 1;
      callback();
    });
  };

  fetch<Init extends { readonly method: string }, Answer>(
    fetch: (url: string, init: Init) => Promise<Answer>,
  ): (url: string, init: Init) => Promise<Answer> {
    return async (url, init) => {
      const share = heldCalls.test(url) ? 0 : 1;
      this.#calls += share;
      this.#count += 1;
      try {
        return await fetch(url, init);
      } finally {
        this.#calls -= share;
        this.#count += 1;
      }
    };
  }

  /** Notes each frame that is sent. */
  watch(connection: Connection): Connection {
    const send = connection.send.bind(connection);
    connection.send = (frame) => {
      this.#count += 1;
      send(frame);
    };
    return connection;
  }

  /** Resolves when nothing happens any more until time passes. */
  async settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < quietTurns && turns < turnsMax; turns += 1) {
      const before = this.#count;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      const isQuiet = this.#count === before && this.#calls === 0 && this.#deferred === 0;
      quiet = isQuiet ? quiet + 1 : 0;
    }
  }
}
