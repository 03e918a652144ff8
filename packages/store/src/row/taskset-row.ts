import type { TasksetRow } from "@capstan/core";
import type { Policy, Profile, TaskCounts, TasksetPolicy, TasksetStatus, Workspace } from "@capstan/protocol";
import type { Value } from "./value.js";
import { packJson, packOptional, packText, unpackJson, unpackOptional, unpackText, type Cells } from "./text.js";

export const tasksetColumns = [
  "namespace",
  "id",
  "name",
  "class",
  "profile",
  "status",
  "cause",
  "definition",
  "revision",
  "policy",
  "limits",
  "round",
  "counts",
  "first_task",
  "last_task",
  "launched_at_ms",
  "ended_at_ms",
  "muted",
  "workspace",
] as const;

export function packTaskset(row: TasksetRow, cells: Value[]): void {
  cells.push(
    row.namespace,
    row.id,
    packText(row.name),
    packText(row.class),
    row.profile,
    row.status,
    packText(row.cause),
    row.definition,
    row.revision,
    packOptional(row.policy),
    packOptional(row.limits),
    row.round,
    packJson(row.counts),
    row.firstTask,
    row.lastTask,
    row.launchedAtMs,
    row.endedAtMs,
    packOptional(row.muted),
    packOptional(row.workspace),
  );
}

export function unpackTaskset(cells: Cells): TasksetRow {
  return {
    namespace: cells[0] as string,
    id: cells[1] as string,
    name: unpackText(cells[2] as string | null),
    class: unpackText(cells[3] as string | null),
    profile: cells[4] as Profile,
    status: cells[5] as TasksetStatus,
    cause: unpackText(cells[6] as string | null),
    definition: cells[7] as string | null,
    revision: cells[8] as string | null,
    policy: unpackOptional<Policy>(cells[9]!),
    limits: unpackOptional<TasksetPolicy>(cells[10]!),
    round: cells[11] as number,
    // Rows of earlier versions count neither.
    counts: { retries: 0, muted: 0, ...unpackJson<Omit<TaskCounts, "retries" | "muted">>(cells[12]!) },
    firstTask: cells[13] as string | null,
    lastTask: cells[14] as string | null,
    launchedAtMs: cells[15] as number,
    endedAtMs: cells[16] as number | null,
    muted: unpackOptional<readonly string[]>(cells[17]!),
    workspace: unpackOptional<Workspace>(cells[18]!),
  };
}
