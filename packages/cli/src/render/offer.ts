import type { OfferView } from "@capstan/protocol";
import { ago } from "./quantity.js";
import type { Column } from "./table.js";
import { oneLine } from "./control.js";

/** Offers that came to nothing, for `trials --offers`. */
export function offerColumns(nowMs: number): Column<OfferView>[] {
  return [
    { title: "WORKER", cell: ({ workerName }) => oneLine(workerName), isElastic: true },
    { title: "OUTCOME", cell: ({ outcome }) => outcome },
    { title: "WHY", cell: ({ reason }) => oneLine(reason), isElastic: true },
    { title: "WHEN", cell: ({ atMs }) => ago(atMs, nowMs), value: ({ atMs }) => atMs },
  ];
}
