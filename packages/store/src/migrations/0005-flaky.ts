import type { Migration } from "./migration.js";

/** Verdicts that were flaky: the last few of each class and key, with the examples that failed before. */
const sql = `
CREATE TABLE flaky (
  namespace TEXT NOT NULL,
  class TEXT NOT NULL,
  key TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  task TEXT NOT NULL,
  taskset TEXT NOT NULL,
  passes INTEGER NOT NULL,
  trial INTEGER,
  examples TEXT NOT NULL,
  PRIMARY KEY (namespace, class, key, at_ms, task)
) STRICT, WITHOUT ROWID;
`;

export const flaky: Migration = { version: 5, name: "flaky", sql };
