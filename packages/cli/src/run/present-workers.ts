import type { Capstan } from "@capstan/client";
import type { WorkerStatus, WorkerView } from "@capstan/protocol";

/** A worker that came, went, or cannot be reached, in words. */
export interface WorkerChange {
  readonly name: string;
  readonly change: string;
}

/** The workers that are there, and how that changed since the last look. */
export interface PresentWorkers {
  readonly workers: number;
  readonly slots: number;
  readonly changes: readonly WorkerChange[];
}

const words: Readonly<Record<WorkerStatus, string>> = {
  joining: "joined",
  ready: "joined",
  unreachable: "is unreachable",
  draining: "drains",
  gone: "left",
  lost: "was lost",
};

/** The workers of the engine now, and again whenever one of them comes, goes, or changes its status. */
export async function* watchWorkers(
  client: Capstan,
  signal: AbortSignal,
): AsyncGenerator<PresentWorkers, void, undefined> {
  let before: readonly WorkerView[] | undefined;
  const look = async (): Promise<PresentWorkers> => {
    const now: WorkerView[] = [];
    for await (const worker of client.workers.list(signal)) now.push(worker);
    const present = presentWorkers(now, before);
    before = now;
    return present;
  };
  yield await look();
  for await (const _ of client.events({ types: ["worker."], signal })) yield await look();
}

/** What the workers are, against what they were at the last look; at the first one nothing has changed. */
export function presentWorkers(now: readonly WorkerView[], before: readonly WorkerView[] | undefined): PresentWorkers {
  const present = now.filter(isPresent);
  const slots = present.reduce((sum, worker) => sum + worker.slots, 0);
  return { workers: present.length, slots, changes: before === undefined ? [] : changesOf(now, before) };
}

function changesOf(now: readonly WorkerView[], before: readonly WorkerView[]): WorkerChange[] {
  const earlier = new Map(before.map((worker) => [worker.id, worker]));
  const changes: WorkerChange[] = [];
  for (const { id, name, status, slots } of now) {
    const was = earlier.get(id);
    earlier.delete(id);
    const change = wordFor(status, was?.status);
    if (change !== undefined)
      changes.push({ name, change: change === "joined" ? `joined with ${slots} slots` : change });
  }
  // One that is no longer listed.
  for (const worker of earlier.values()) if (isPresent(worker)) changes.push({ name: worker.name, change: words.gone });
  return changes;
}

function wordFor(status: WorkerStatus, was: WorkerStatus | undefined): string | undefined {
  if (was === undefined) return status === "gone" || status === "lost" ? undefined : words[status];
  if (words[was] === words[status]) return undefined;
  return was !== "gone" && was !== "lost" && status === "ready" ? "is back" : words[status];
}

function isPresent({ status }: WorkerView): boolean {
  return status !== "gone" && status !== "lost";
}
