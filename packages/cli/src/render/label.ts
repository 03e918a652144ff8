import type { WorkerView } from "@capstan/protocol";
import { oneLine } from "./control.js";
import type { Column } from "./table.js";

/** What the workers with one label offer together. */
export interface LabelView {
  /** Left out for the workers without any. */
  readonly label?: string;
  readonly workers: readonly string[];
  readonly slots: number;
  readonly slotsBusy: number;
}

/** Workers by label, in the order of the alphabet; one with several labels is under each. Those that are gone are left out. */
export function groupByLabel(workers: readonly WorkerView[]): LabelView[] {
  const groups = new Map<string | undefined, WorkerView[]>();
  for (const worker of workers) {
    if (worker.status === "gone" || worker.status === "lost") continue;
    for (const label of worker.labels.length === 0 ? [undefined] : worker.labels)
      groups.set(label, [...(groups.get(label) ?? []), worker]);
  }
  const sum = (list: readonly WorkerView[], field: "slots" | "slotsBusy"): number =>
    list.reduce((total, worker) => total + worker[field], 0);
  return [...groups]
    .toSorted(([left = ""], [right = ""]) => (left < right ? -1 : 1))
    .map(([label, list]) => ({
      ...(label !== undefined && { label }),
      workers: list.map(({ name }) => name),
      slots: sum(list, "slots"),
      slotsBusy: sum(list, "slotsBusy"),
    }));
}

export function labelColumns(): Column<LabelView>[] {
  return [
    { title: "LABEL", cell: ({ label }) => oneLine(label ?? "(none)") },
    { title: "WORKERS", cell: ({ workers }) => String(workers.length), isRight: true },
    { title: "SLOTS", cell: ({ slotsBusy, slots }) => `${slotsBusy}/${slots}`, isRight: true },
    { title: "NAMES", cell: ({ workers }) => workers.map(oneLine).join(", "), isElastic: true },
  ];
}
