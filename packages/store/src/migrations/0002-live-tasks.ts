import type { Migration } from "./migration.js";

/** What runs is loaded first, however much waits: few rows, most of which change in the hot table alone. */
const sql = `
CREATE INDEX task_live ON task (namespace, id) WHERE status <> 'queued' AND status <> 'waiting';
`;

export const liveTasks: Migration = { version: 2, name: "live-tasks", sql };
