import type { MutedKey, MutedRow } from "../store.js";
import type { Value } from "./value.js";
import { packText, unpackText, type Cells } from "./text.js";

export const mutedColumns = [
  "namespace",
  "class",
  "key",
  "example",
  "reason",
  "muted_by",
  "at_ms",
  "expires_at_ms",
] as const;

export function packMutedKey({ namespace, class: of, key, example }: MutedKey): Value[] {
  return [namespace, packText(of), packText(key), packText(example ?? "")];
}

export function packMuted(row: MutedRow): Value[] {
  return [...packMutedKey(row), packText(row.reason), packText(row.by), row.atMs, row.expiresAtMs];
}

export function unpackMuted(cells: Cells): MutedRow {
  return {
    namespace: cells[0] as string,
    class: unpackText(cells[1] as string),
    key: unpackText(cells[2] as string),
    example: cells[3] === "" ? null : unpackText(cells[3] as string),
    reason: unpackText(cells[4] as string | null),
    by: unpackText(cells[5] as string | null),
    atMs: cells[6] as number,
    expiresAtMs: cells[7] as number | null,
  };
}
