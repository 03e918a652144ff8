import {
  finalTaskStatuses,
  finalTasksetStatuses,
  finalTrialStatuses,
  profiles,
  taskStatuses,
  tasksetStatuses,
  waitReasons,
  workerStatuses,
} from "@capstan/protocol/plain";
import type { Migration } from "./migration.js";

/** A chain of comparisons: `IN` with more than two words builds a table of them for every row that is written (2 µs). */
export function oneOf(column: string, words: readonly string[]): string {
  return `CHECK (${words.map((word) => `${column} = '${word}'`).join(" OR ")})`;
}

const finals: readonly string[] = finalTaskStatuses;
/** The causes that there were when this was released: 0004 lets any be written. */
const causes = [
  "failed",
  "error",
  "timeout",
  "lost",
  "expired",
  "no-more-losses",
  "invalid-input",
  "not-retryable",
  "cancelled",
  "fail-fast",
];
const hotStatuses = taskStatuses.filter((status) => status !== "offered" && !finals.includes(status));

const facts = `
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  taskset TEXT,
  key TEXT,
  definition TEXT NOT NULL,
  revision TEXT NOT NULL,
  profile TEXT NOT NULL ${oneOf("profile", profiles)},
  policy TEXT,
  priority INTEGER NOT NULL,
  idempotency_key TEXT,
  launched_at_ms INTEGER NOT NULL,`;

/** The columns of a trial's end; the large ones last, so that a scan need not follow their overflow pages. */
function trialEnd(prefix: string, required: string): string {
  return `
  ${prefix}round INTEGER${required},
  ${prefix}status TEXT${required} ${oneOf(`${prefix}status`, finalTrialStatuses)},
  ${prefix}cause TEXT,
  ${prefix}is_twin INTEGER${required},
  ${prefix}is_counted INTEGER${required},
  ${prefix}worker TEXT,
  ${prefix}worker_name TEXT,
  ${prefix}token_partition INTEGER${required},
  ${prefix}token_epoch INTEGER${required},
  ${prefix}token_sequence INTEGER${required},
  ${prefix}granted_at_ms INTEGER${required},
  ${prefix}ended_at_ms INTEGER${required},
  ${prefix}duration_ms REAL${required},
  ${prefix}counts TEXT,
  ${prefix}usage TEXT,
  ${prefix}error TEXT,
  ${prefix}output_blob TEXT,
  ${prefix}output TEXT,`;
}

/** The table of finished tasks; `causeCheck` is what is demanded of a cause. */
export function historyTable(name: string, causeCheck: string): string {
  return `CREATE TABLE ${name} (${facts}
  status TEXT NOT NULL ${oneOf("status", finalTaskStatuses)},
  cause TEXT${causeCheck},
  reason TEXT,
  is_flaky INTEGER NOT NULL,
  round INTEGER NOT NULL,
  trials_total INTEGER NOT NULL,
  trials_counted INTEGER NOT NULL,
  trials_lost INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  last_n INTEGER,${trialEnd("last_", "")}
  input_blob TEXT,
  input TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;`;
}

export const historyIndexes = `CREATE INDEX history_input_blob ON history (namespace, input_blob ->> '$.digest') WHERE input_blob IS NOT NULL;
CREATE INDEX history_output_blob ON history (namespace, last_output_blob ->> '$.digest') WHERE last_output_blob IS NOT NULL;`;

const system = `
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  mac_key BLOB NOT NULL,
  is_clean INTEGER NOT NULL,
  opened_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE partition (
  partition INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  commit_sequence INTEGER NOT NULL
) STRICT;

CREATE TABLE plugin (
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  default_revision TEXT,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  plugin TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  manifest TEXT NOT NULL,
  deployed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT;

CREATE TABLE worker (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL ${oneOf("status", workerStatuses)},
  labels TEXT NOT NULL,
  slots INTEGER NOT NULL,
  runtimes TEXT NOT NULL,
  session TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  is_draining INTEGER NOT NULL,
  quarantines TEXT NOT NULL,
  joined_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
`;

const work = `
CREATE TABLE taskset (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT,
  class TEXT,
  profile TEXT NOT NULL ${oneOf("profile", profiles)},
  status TEXT NOT NULL ${oneOf("status", tasksetStatuses)},
  cause TEXT,
  definition TEXT,
  revision TEXT,
  policy TEXT,
  limits TEXT,
  round INTEGER NOT NULL,
  counts TEXT NOT NULL,
  first_task TEXT,
  last_task TEXT,
  launched_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX taskset_unfinished ON taskset (namespace, id) WHERE status NOT IN (${finalTasksetStatuses.map((status) => `'${status}'`).join(", ")});
CREATE INDEX taskset_name ON taskset (namespace, name) WHERE name IS NOT NULL;

CREATE TABLE task (${facts}
  status TEXT NOT NULL ${oneOf("status", hotStatuses)},
  waits_for TEXT ${oneOf("waits_for", waitReasons)},
  estimate_ms REAL,
  not_before_ms INTEGER,
  expires_at_ms INTEGER,
  queued_at_ms INTEGER,
  round INTEGER NOT NULL,
  trials_total INTEGER NOT NULL,
  trials_counted INTEGER NOT NULL,
  trials_lost INTEGER NOT NULL,
  round_start INTEGER NOT NULL,
  suspicions INTEGER NOT NULL,
  doublings INTEGER NOT NULL,
  is_front INTEGER NOT NULL,
  last_worker TEXT,
  trials TEXT,
  input_blob TEXT,
  input TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_input_blob ON task (namespace, input_blob ->> '$.digest') WHERE input_blob IS NOT NULL;

${historyTable("history", ` ${oneOf("cause", causes)}`)}
${historyIndexes}

CREATE TABLE trial (
  namespace TEXT NOT NULL,
  task TEXT NOT NULL,
  n INTEGER NOT NULL,
  revision TEXT NOT NULL,${trialEnd("", " NOT NULL")}
  PRIMARY KEY (namespace, task, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX trial_output_blob ON trial (namespace, output_blob ->> '$.digest') WHERE output_blob IS NOT NULL;
`;

const side = `
CREATE TABLE idempotency (
  namespace TEXT NOT NULL,
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  holder TEXT NOT NULL,
  digest TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE estimate (
  namespace TEXT NOT NULL,
  class TEXT NOT NULL,
  key TEXT NOT NULL,
  mean_ms REAL NOT NULL,
  deviation_ms REAL NOT NULL,
  samples INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, class, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX estimate_job ON estimate (namespace, class) WHERE key = '';

CREATE TABLE log_stream (
  namespace TEXT NOT NULL,
  trial TEXT NOT NULL,
  stream TEXT NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  bytes INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (namespace, trial, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
  namespace TEXT NOT NULL,
  trial TEXT NOT NULL,
  stream TEXT NOT NULL,
  start INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  text BLOB NOT NULL,
  PRIMARY KEY (namespace, trial, stream, start)
) STRICT, WITHOUT ROWID;
`;

export const initial: Migration = { version: 1, name: "initial", sql: system + work + side };
