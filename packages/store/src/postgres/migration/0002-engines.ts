import type { Migration } from "../../migrations/migration.js";

/**
 * The engines that share the store, with their leases; the number that each raises with a commit, apart so that a long
 * commit does not hold up a renewal; and who has which partition: nobody (null), one of these engines, an engine that is
 * alone (''), or one that is gone. A partition that nobody has was given up in order.
 */
const sql = `
CREATE TABLE engine (
  id text COLLATE "C" PRIMARY KEY,
  address text NOT NULL,
  weight int4 NOT NULL CHECK (weight >= 0),
  joined_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE engine_commit (
  engine text COLLATE "C" PRIMARY KEY,
  sequence int8 NOT NULL
) WITH (fillfactor = 20);
ALTER TABLE partition
  ADD COLUMN engine text COLLATE "C",
  ADD COLUMN handed_to text COLLATE "C";
UPDATE partition SET engine = '' WHERE (SELECT is_clean FROM store) = 0;
`;

export const engines: Migration = { version: 2, name: "engines", sql };
