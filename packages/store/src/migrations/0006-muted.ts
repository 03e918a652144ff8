import type { Migration } from "./migration.js";

/** Keys of tasks whose failure does not fail their taskset: a JSON list. */
const sql = `
ALTER TABLE taskset ADD COLUMN muted TEXT;
`;

export const muted: Migration = { version: 6, name: "muted", sql };
