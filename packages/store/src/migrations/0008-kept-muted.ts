import type { Migration } from "./migration.js";

/** The muted tests that are kept for a class; the example '' is the whole task. */
const sql = `
CREATE TABLE muted (
  namespace TEXT NOT NULL,
  class TEXT NOT NULL,
  key TEXT NOT NULL,
  example TEXT NOT NULL,
  reason TEXT,
  muted_by TEXT,
  at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  PRIMARY KEY (namespace, class, key, example)
) STRICT, WITHOUT ROWID;
`;

export const keptMuted: Migration = { version: 8, name: "kept-muted", sql };
