import {
  CapstanError,
  limits,
  type MutedQuery,
  type MutedTest,
  type MutedView,
  type MuteRequest,
  type UnmuteRequest,
} from "@capstan/protocol";
import { FencedError, type MutedChange, type MutedRow, type Page, type Store } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";

/** The lists of muted tests that the engine keeps: no decision of core's needs them, so they are read where they are stored. */
export class MutedDesk {
  readonly #loop: EngineLoop;
  readonly #store: Store;
  /** Changes are made one after another, so that none passes a limit that another fills. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(loop: EngineLoop, store: Store) {
    this.#loop = loop;
    this.#store = store;
  }

  /** @throws CapstanError `invalid-cursor`. */
  async list(namespace: string, { cursor, limit = limits.pageItems, ...of }: MutedQuery): Promise<Page<MutedView>> {
    const after = cursor === undefined ? {} : { after: placeOf(cursor) };
    const rows = await this.#store.listMuted(namespace, { ...of, ...after, limit, nowMs: this.#nowMs() });
    const items = rows.map(viewOf);
    const last = rows.at(-1);
    return rows.length < limit || last === undefined ? { items } : { items, nextCursor: cursorOf(last) };
  }

  /** @throws CapstanError `too-large` when more would be kept than may be. */
  mute(namespace: string, request: MuteRequest): Promise<Page<MutedView>> {
    return this.#inTurn(async () => {
      const rows = rowsOf(namespace, request, this.#nowMs());
      const kept = await this.#ofClass(namespace, request.class);
      const known = new Set(kept.map(nameOf));
      const more = rows.filter((row) => !known.has(nameOf(row))).length;
      if (more > 0) {
        checkRoom(`the class ${request.class}`, kept.length + more, limits.mutedMax);
        const all = await this.#store.countMuted(namespace, this.#nowMs());
        checkRoom("the namespace", all + more, limits.mutedKeptMax);
      }
      await this.#change({ muted: rows });
      return { items: rows.map(viewOf) };
    });
  }

  /** Gives those that were muted; others are passed over. */
  unmute(namespace: string, request: UnmuteRequest): Promise<Page<MutedView>> {
    return this.#inTurn(async () => {
      const asked = new Set(request.tests.map(nameOf));
      const unmuted = (await this.#ofClass(namespace, request.class)).filter((row) => asked.has(nameOf(row)));
      if (unmuted.length > 0) await this.#change({ unmuted });
      return { items: unmuted.map(viewOf) };
    });
  }

  #ofClass(namespace: string, of: string): Promise<readonly MutedRow[]> {
    return this.#store.listMuted(namespace, { class: of, nowMs: this.#nowMs(), limit: limits.mutedMax });
  }

  /** What belongs to no partition is fenced by the first one. */
  async #change(change: Omit<MutedChange, "fence">): Promise<void> {
    try {
      await this.#store.changeMuted({ fence: { partition: 0, epoch: this.#loop.state.epochs[0]! }, ...change });
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      throw new CapstanError("shutting-down", "another engine has the store now: send it again", { cause: error });
    }
  }

  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(step);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #nowMs(): number {
    return this.#loop.now().wallMs;
  }
}

function rowsOf(namespace: string, { class: of, tests, reason, by, forMs }: MuteRequest, nowMs: number): MutedRow[] {
  const facts = {
    namespace,
    class: of,
    reason: reason ?? null,
    by: by ?? null,
    atMs: nowMs,
    expiresAtMs: forMs === undefined ? null : nowMs + forMs,
  };
  const distinct = new Map(tests.map((test) => [nameOf(test), test]));
  return [...distinct.values()].map(({ key, example }) => ({ ...facts, key, example: example ?? null }));
}

function checkRoom(where: string, count: number, max: number): void {
  if (count <= max) return;
  throw new CapstanError(
    "too-large",
    `${count} tests would be muted in ${where}; ${max} may be: unmute some, or mute whole files`,
    { details: { count, max } },
  );
}

function nameOf({ key, example }: MutedTest | MutedRow): string {
  return JSON.stringify([key, example ?? null]);
}

function viewOf({ class: of, key, example, reason, by, atMs, expiresAtMs }: MutedRow): MutedView {
  return {
    class: of,
    key,
    ...(example !== null && { example }),
    ...(reason !== null && { reason }),
    ...(by !== null && { by }),
    atMs,
    ...(expiresAtMs !== null && { expiresAtMs }),
  };
}

function cursorOf({ class: of, key, example }: MutedRow): string {
  return Buffer.from(JSON.stringify([of, key, example ?? ""])).toString("base64url");
}

function placeOf(cursor: string): readonly [string, string, string | null] {
  try {
    const place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown;
    if (Array.isArray(place) && place.length === 3 && place.every((part) => typeof part === "string"))
      return [place[0] as string, place[1] as string, place[2] === "" ? null : (place[2] as string)];
  } catch {
    // Said below.
  }
  throw new CapstanError("invalid-cursor", "the cursor was not made by this list");
}
