import type { MutedQuery, MutedView, MuteRequest, UnmuteRequest } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { items } from "../connection/page.js";

/** The lists of muted tests that the engine keeps, each for the suites of a class. */
export class Muted {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** What is muted in a class or in all, by class, key and example, page by page as it is asked for. */
  list(query: Omit<MutedQuery, "cursor"> = {}, signal?: AbortSignal): AsyncGenerator<MutedView> {
    return items(this.#connection, "listMuted", { query, signal });
  }

  /**
   * Puts tests on the list of a class, for `forMs` or until they are taken from it; one that is there gets the new reason
   * and time. `capstan test` heeds it from the next launch on. @throws CapstanError `too-large` when the list is full.
   */
  async mute(request: MuteRequest): Promise<readonly MutedView[]> {
    return (await this.#connection.call("mute", { body: jsonBody(request) })).items;
  }

  /** Takes tests from the list of a class, and gives those that were on it. */
  async unmute(request: UnmuteRequest): Promise<readonly MutedView[]> {
    return (await this.#connection.call("unmute", { body: jsonBody(request) })).items;
  }
}
