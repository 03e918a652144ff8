import { phases, phaseStatuses } from "@capstan/protocol/plain";
import { oneOf } from "./0001-initial.js";
import type { Migration } from "./migration.js";

/** The workspace of a taskset, and how getting it ready went on each worker: the last time of each phase. */
const sql = `
ALTER TABLE taskset ADD COLUMN workspace TEXT;

CREATE TABLE phase (
  namespace TEXT NOT NULL,
  taskset TEXT NOT NULL,
  worker TEXT NOT NULL,
  phase TEXT NOT NULL ${oneOf("phase", phases)},
  worker_name TEXT NOT NULL,
  status TEXT NOT NULL ${oneOf("status", phaseStatuses)},
  duration_ms REAL NOT NULL,
  message TEXT,
  log TEXT,
  ended_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, taskset, worker, phase)
) STRICT, WITHOUT ROWID;
`;

export const workspaces: Migration = { version: 7, name: "workspaces", sql };
