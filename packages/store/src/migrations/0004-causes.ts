import { historyIndexes, historyTable } from "./0001-initial.js";
import type { Migration } from "./migration.js";

/** A cause may be a word of a later version: a constraint on them would have the whole table written anew for each. */
const sql = `
${historyTable("history_next", "")}
INSERT INTO history_next SELECT * FROM history;
DROP TABLE history;
ALTER TABLE history_next RENAME TO history;
${historyIndexes}
`;

export const causes: Migration = { version: 4, name: "causes", sql };
