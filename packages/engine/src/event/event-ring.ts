import type { ChangeEvent } from "@capstan/core";
import { CapstanError, type EventView } from "@capstan/protocol";
import type { EventFeed } from "../engine/operations.js";

interface Commit {
  readonly sequence: number;
  readonly events: readonly ChangeEvent[];
}

/** A place in the ring: after the event `index` (from 0) of the commit `sequence`. */
interface Position {
  readonly sequence: number;
  readonly index: number;
}

const cursorForm = /^(\d{1,10})-(\d{1,15})-(\d{1,10})$/;
/** Slots at the front whose commits are gone, before they are given back. */
const gapMax = 4_096;

export interface EventRingOptions {
  /** What the engine's start raised: a cursor of an earlier start has expired. */
  readonly epoch: number;
  /** The latest events that are kept, at least 1; of the oldest commit that holds one of them all are. */
  readonly eventsMax: number;
}

/**
 * The latest events of a namespace, by commit. Appending keeps a reference and nothing more: views and cursors are made
 * when somebody reads. Cursor: `<epoch>-<commit sequence>-<index within the commit>`.
 */
export class EventRing implements EventFeed {
  readonly #options: EventRingOptions;
  readonly #subscribers = new Set<() => void>();
  #commits: Commit[] = [];
  /** The index of the oldest commit that is kept. */
  #first = 0;
  #count = 0;
  /** The last event that was let go; a reader that has not seen it has missed something. */
  #gone: Position;
  #last: Position;

  constructor(options: EventRingOptions, start: Position = { sequence: 0, index: 0 }) {
    this.#options = options;
    this.#gone = start;
    this.#last = start;
  }

  /** Events that are kept. */
  get size(): number {
    return this.#count;
  }

  get cursor(): string {
    return this.#cursorOf(this.#last);
  }

  /** Adds the events of a commit; sequences go up. Subscribers are called once, after it. */
  append(sequence: number, events: readonly ChangeEvent[]): void {
    if (events.length === 0) return;
    if (sequence <= this.#last.sequence) {
      throw new Error(`commit ${sequence} came after commit ${this.#last.sequence}`);
    }
    this.#commits.push({ sequence, events });
    this.#count += events.length;
    this.#last = { sequence, index: events.length - 1 };
    while (this.#count - this.#commits[this.#first]!.events.length >= this.#options.eventsMax) this.#dropOldest();
    for (const callback of this.#subscribers) callback();
  }

  read(after: string | undefined, limit: number): { readonly events: readonly EventView[]; readonly cursor: string } {
    if (after === undefined) return { events: [], cursor: this.cursor };
    const from = this.#parse(after);
    const events: EventView[] = [];
    let at = this.#find(from.sequence);
    let index = this.#commits[at]?.sequence === from.sequence ? from.index + 1 : 0;
    for (; at < this.#commits.length && events.length < limit; at += 1, index = 0) {
      const commit = this.#commits[at]!;
      const end = Math.min(commit.events.length, index + limit - events.length);
      for (; index < end; index += 1) events.push(this.#view(commit, index));
    }
    return { events, cursor: events.at(-1)?.cursor ?? after };
  }

  subscribe(callback: () => void): () => void {
    // Its own wrapper: the same callback subscribed twice is called twice and stopped once each.
    const entry = (): void => callback();
    this.#subscribers.add(entry);
    return () => this.#subscribers.delete(entry);
  }

  #dropOldest(): void {
    const { sequence, events } = this.#commits[this.#first]!;
    this.#gone = { sequence, index: events.length - 1 };
    this.#count -= events.length;
    this.#commits[this.#first] = { sequence, events: [] };
    this.#first += 1;
    if (this.#first < gapMax || this.#first * 2 < this.#commits.length) return;
    this.#commits = this.#commits.slice(this.#first);
    this.#first = 0;
  }

  /** The index of the first kept commit that is not before `sequence`. */
  #find(sequence: number): number {
    let low = this.#first;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#commits[middle]!.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #view({ sequence, events }: Commit, index: number): EventView {
    const { namespace: _, ...event } = events[index]!;
    return { cursor: this.#cursorOf({ sequence, index }), ...event };
  }

  #cursorOf({ sequence, index }: Position): string {
    return `${this.#options.epoch}-${sequence}-${index}`;
  }

  #parse(cursor: string): Position {
    const match = cursorForm.exec(cursor);
    if (match === null) throw invalidCursor(cursor);
    const epoch = Number(match[1]);
    const position = { sequence: Number(match[2]), index: Number(match[3]) };
    if (epoch < this.#options.epoch) throw expiredCursor(cursor, this.cursor);
    if (epoch > this.#options.epoch || isAfter(position, this.#last)) throw invalidCursor(cursor);
    if (isAfter(this.#gone, position)) throw expiredCursor(cursor, this.cursor);
    return position;
  }
}

function isAfter(left: Position, right: Position): boolean {
  return left.sequence > right.sequence || (left.sequence === right.sequence && left.index > right.index);
}

function invalidCursor(cursor: string): CapstanError {
  return new CapstanError("invalid-cursor", `"${cursor.slice(0, 60)}" is no cursor of these events: start without one`);
}

function expiredCursor(cursor: string, latest: string): CapstanError {
  return new CapstanError("cursor-expired", `the events after ${cursor} are no longer kept`, { details: { latest } });
}
