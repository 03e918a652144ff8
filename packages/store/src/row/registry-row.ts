import type { PluginRow, RevisionRow, WorkerRow } from "@capstan/core";
import type { Manifest, Quarantine, Runtime, WorkerStatus } from "@capstan/protocol";
import type { Value } from "./value.js";
import { packJson, packText, unpackJson, unpackText, type Cells } from "./text.js";

export const pluginColumns = ["namespace", "name", "default_revision"] as const;

export function packPlugin(row: PluginRow, cells: Value[]): void {
  cells.push(row.namespace, row.name, row.defaultRevision);
}

export function unpackPlugin(cells: Cells): PluginRow {
  return { namespace: cells[0] as string, name: cells[1] as string, defaultRevision: cells[2] as string | null };
}

export const revisionColumns = [
  "namespace",
  "id",
  "plugin",
  "version",
  "digest",
  "manifest",
  "deployed_at_ms",
] as const;

export function packRevision(row: RevisionRow, cells: Value[]): void {
  cells.push(
    row.namespace,
    row.id,
    row.plugin,
    packText(row.version),
    row.digest,
    packJson(row.manifest),
    row.deployedAtMs,
  );
}

export function unpackRevision(cells: Cells): RevisionRow {
  return {
    namespace: cells[0] as string,
    id: cells[1] as string,
    plugin: cells[2] as string,
    version: unpackText(cells[3] as string),
    digest: cells[4] as string,
    manifest: unpackJson<Manifest>(cells[5]!),
    deployedAtMs: cells[6] as number,
  };
}

export const workerColumns = [
  "namespace",
  "id",
  "name",
  "status",
  "labels",
  "slots",
  "runtimes",
  "session",
  "secret_hash",
  "is_draining",
  "quarantines",
  "joined_at_ms",
  "last_seen_at_ms",
] as const;

export function packWorker(row: WorkerRow, cells: Value[]): void {
  cells.push(
    row.namespace,
    row.id,
    packText(row.name),
    row.status,
    packJson(row.labels),
    row.slots,
    packJson(row.runtimes),
    row.session,
    row.secretHash,
    row.isDraining ? 1 : 0,
    packJson(row.quarantines),
    row.joinedAtMs,
    row.lastSeenAtMs,
  );
}

export function unpackWorker(cells: Cells): WorkerRow {
  return {
    namespace: cells[0] as string,
    id: cells[1] as string,
    name: unpackText(cells[2] as string),
    status: cells[3] as WorkerStatus,
    labels: unpackJson<string[]>(cells[4]!),
    slots: cells[5] as number,
    runtimes: unpackJson<Runtime[]>(cells[6]!),
    session: cells[7] as string,
    secretHash: cells[8] as string,
    isDraining: cells[9] === 1,
    quarantines: unpackJson<Quarantine[]>(cells[10]!),
    joinedAtMs: cells[11] as number,
    lastSeenAtMs: cells[12] as number,
  };
}
