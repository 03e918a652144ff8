import { offerOutcomes } from "@capstan/protocol/plain";
import type { Migration } from "./migration.js";

/** Offers that came to nothing: the last few of each task. */
const sql = `
CREATE TABLE offer (
  namespace TEXT NOT NULL,
  task TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  number INTEGER NOT NULL,
  worker TEXT NOT NULL,
  worker_name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (${offerOutcomes.map((word) => `outcome = '${word}'`).join(" OR ")}),
  reason TEXT NOT NULL,
  PRIMARY KEY (namespace, task, at_ms, number)
) STRICT, WITHOUT ROWID;
`;

export const offers: Migration = { version: 3, name: "offers", sql };
