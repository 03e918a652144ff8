-- The schema of the SQLite store after all migrations. Written by `npm run schema -w @capstan/store`.

CREATE TABLE migration (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT;

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
  status TEXT NOT NULL CHECK (status = 'joining' OR status = 'ready' OR status = 'unreachable' OR status = 'draining' OR status = 'gone' OR status = 'lost'),
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

CREATE TABLE taskset (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT,
  class TEXT,
  profile TEXT NOT NULL CHECK (profile = 'job' OR profile = 'test'),
  status TEXT NOT NULL CHECK (status = 'open' OR status = 'pending' OR status = 'running' OR status = 'paused' OR status = 'cancelling' OR status = 'cancelled' OR status = 'succeeded' OR status = 'failed'),
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
  ended_at_ms INTEGER, muted TEXT, workspace TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX taskset_unfinished ON taskset (namespace, id) WHERE status NOT IN ('cancelled', 'succeeded', 'failed');

CREATE INDEX taskset_name ON taskset (namespace, name) WHERE name IS NOT NULL;

CREATE TABLE task (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  taskset TEXT,
  key TEXT,
  definition TEXT NOT NULL,
  revision TEXT NOT NULL,
  profile TEXT NOT NULL CHECK (profile = 'job' OR profile = 'test'),
  policy TEXT,
  priority INTEGER NOT NULL,
  idempotency_key TEXT,
  launched_at_ms INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status = 'waiting' OR status = 'queued' OR status = 'granted' OR status = 'running' OR status = 'checking' OR status = 'cancelling'),
  waits_for TEXT CHECK (waits_for = 'needs' OR waits_for = 'time' OR waits_for = 'permit' OR waits_for = 'completion'),
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

CREATE TABLE trial (
  namespace TEXT NOT NULL,
  task TEXT NOT NULL,
  n INTEGER NOT NULL,
  revision TEXT NOT NULL,
  round INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status = 'succeeded' OR status = 'skipped' OR status = 'failed' OR status = 'error' OR status = 'timeout' OR status = 'lost' OR status = 'cancelled'),
  cause TEXT,
  is_twin INTEGER NOT NULL,
  is_counted INTEGER NOT NULL,
  worker TEXT,
  worker_name TEXT,
  token_partition INTEGER NOT NULL,
  token_epoch INTEGER NOT NULL,
  token_sequence INTEGER NOT NULL,
  granted_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  counts TEXT,
  usage TEXT,
  error TEXT,
  output_blob TEXT,
  output TEXT,
  PRIMARY KEY (namespace, task, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX trial_output_blob ON trial (namespace, output_blob ->> '$.digest') WHERE output_blob IS NOT NULL;

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

CREATE INDEX task_live ON task (namespace, id) WHERE status <> 'queued' AND status <> 'waiting';

CREATE TABLE offer (
  namespace TEXT NOT NULL,
  task TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  number INTEGER NOT NULL,
  worker TEXT NOT NULL,
  worker_name TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome = 'declined' OR outcome = 'expired' OR outcome = 'halted'),
  reason TEXT NOT NULL,
  PRIMARY KEY (namespace, task, at_ms, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE "history" (
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  taskset TEXT,
  key TEXT,
  definition TEXT NOT NULL,
  revision TEXT NOT NULL,
  profile TEXT NOT NULL CHECK (profile = 'job' OR profile = 'test'),
  policy TEXT,
  priority INTEGER NOT NULL,
  idempotency_key TEXT,
  launched_at_ms INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status = 'succeeded' OR status = 'skipped' OR status = 'failed' OR status = 'abandoned' OR status = 'cancelled'),
  cause TEXT,
  reason TEXT,
  is_flaky INTEGER NOT NULL,
  round INTEGER NOT NULL,
  trials_total INTEGER NOT NULL,
  trials_counted INTEGER NOT NULL,
  trials_lost INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  last_n INTEGER,
  last_round INTEGER,
  last_status TEXT CHECK (last_status = 'succeeded' OR last_status = 'skipped' OR last_status = 'failed' OR last_status = 'error' OR last_status = 'timeout' OR last_status = 'lost' OR last_status = 'cancelled'),
  last_cause TEXT,
  last_is_twin INTEGER,
  last_is_counted INTEGER,
  last_worker TEXT,
  last_worker_name TEXT,
  last_token_partition INTEGER,
  last_token_epoch INTEGER,
  last_token_sequence INTEGER,
  last_granted_at_ms INTEGER,
  last_ended_at_ms INTEGER,
  last_duration_ms REAL,
  last_counts TEXT,
  last_usage TEXT,
  last_error TEXT,
  last_output_blob TEXT,
  last_output TEXT,
  input_blob TEXT,
  input TEXT,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX history_input_blob ON history (namespace, input_blob ->> '$.digest') WHERE input_blob IS NOT NULL;

CREATE INDEX history_output_blob ON history (namespace, last_output_blob ->> '$.digest') WHERE last_output_blob IS NOT NULL;

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

CREATE TABLE phase (
  namespace TEXT NOT NULL,
  taskset TEXT NOT NULL,
  worker TEXT NOT NULL,
  phase TEXT NOT NULL CHECK (phase = 'sync' OR phase = 'setup' OR phase = 'cleanUp'),
  worker_name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'succeeded' OR status = 'failed' OR status = 'timeout' OR status = 'cancelled'),
  duration_ms REAL NOT NULL,
  message TEXT,
  log TEXT,
  ended_at_ms INTEGER NOT NULL,
  PRIMARY KEY (namespace, taskset, worker, phase)
) STRICT, WITHOUT ROWID;

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
