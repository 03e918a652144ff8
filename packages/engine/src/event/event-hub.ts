import type { ChangeEvent } from "@capstan/core";
import { EventRing } from "./event-ring.js";

export interface EventHubOptions {
  /** The epoch that this start of the engine raised. */
  readonly epoch: number;
  /** Events that are kept a namespace; default 100,000. */
  readonly eventsMax?: number;
}

/** The rings of all namespaces; the engine appends what each commit changed. */
export class EventHub {
  readonly #rings = new Map<string, EventRing>();
  readonly #epoch: number;
  readonly #eventsMax: number;
  /** The last commit that was appended: where the ring of a new namespace begins. */
  #sequence = 0;

  constructor({ epoch, eventsMax = 100_000 }: EventHubOptions) {
    this.#epoch = epoch;
    this.#eventsMax = eventsMax;
  }

  /** The feed of a namespace; those of namespaces without events are made when they are asked for. */
  of(namespace: string): EventRing {
    let ring = this.#rings.get(namespace);
    if (ring === undefined) {
      ring = new EventRing({ epoch: this.#epoch, eventsMax: this.#eventsMax }, { sequence: this.#sequence, index: 0 });
      this.#rings.set(namespace, ring);
    }
    return ring;
  }

  /** Events that are kept, of all namespaces. */
  get size(): number {
    let size = 0;
    for (const ring of this.#rings.values()) size += ring.size;
    return size;
  }

  /** Adds the events of one commit, which the caller does not change any more. Sequences go up. */
  append(sequence: number, events: readonly ChangeEvent[]): void {
    const first = events[0];
    if (first === undefined) return;
    const isOne = events.every((event) => event.namespace === first.namespace);
    const parts = isOne ? new Map([[first.namespace, events]]) : groupByNamespace(events);
    for (const [namespace, part] of parts) this.of(namespace).append(sequence, part);
    this.#sequence = sequence;
  }
}

function groupByNamespace(events: readonly ChangeEvent[]): Map<string, ChangeEvent[]> {
  const groups = new Map<string, ChangeEvent[]>();
  for (const event of events) {
    const group = groups.get(event.namespace);
    if (group === undefined) groups.set(event.namespace, [event]);
    else group.push(event);
  }
  return groups;
}
