-- The schema of the PostgreSQL store after all migrations. Written by its test with `vitest run -u`.

CREATE TABLE engine (
  id text COLLATE "C" NOT NULL,
  address text NOT NULL,
  weight integer NOT NULL,
  joined_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CHECK ((weight >= 0)),
  PRIMARY KEY (id)
) WITH (fillfactor=20);

CREATE TABLE engine_commit (
  engine text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (engine)
) WITH (fillfactor=20);

CREATE TABLE estimate (
  namespace text COLLATE "C" NOT NULL,
  class text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  mean_ms double precision NOT NULL,
  deviation_ms double precision NOT NULL,
  samples bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  key_hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, class, key_hash)
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=2000, autovacuum_analyze_scale_factor=0.2, vacuum_truncate=off);
CREATE INDEX estimate_job ON estimate USING btree (namespace, class) WHERE (key = ''::text);

CREATE TABLE flaky (
  namespace text COLLATE "C" NOT NULL,
  class text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  task text COLLATE "C" NOT NULL,
  taskset text COLLATE "C" NOT NULL,
  passes bigint NOT NULL,
  trial integer,
  examples text COLLATE "C" NOT NULL,
  key_hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, class, key_hash, at_ms, task)
);

CREATE TABLE history (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  taskset text COLLATE "C",
  key text COLLATE "C",
  definition text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  profile text COLLATE "C" NOT NULL,
  policy text COLLATE "C",
  priority smallint NOT NULL,
  idempotency_key text COLLATE "C",
  launched_at_ms bigint NOT NULL,
  status text COLLATE "C" NOT NULL,
  cause text COLLATE "C",
  reason text COLLATE "C",
  is_flaky smallint NOT NULL,
  round integer NOT NULL,
  trials_total integer NOT NULL,
  trials_counted integer NOT NULL,
  trials_lost integer NOT NULL,
  ended_at_ms bigint NOT NULL,
  last_n integer,
  last_round integer,
  last_status text COLLATE "C",
  last_cause text COLLATE "C",
  last_is_twin smallint,
  last_is_counted smallint,
  last_worker text COLLATE "C",
  last_worker_name text COLLATE "C",
  last_token_partition integer,
  last_token_epoch bigint,
  last_token_sequence bigint,
  last_granted_at_ms bigint,
  last_ended_at_ms bigint,
  last_duration_ms double precision,
  last_counts text COLLATE "C",
  last_usage text COLLATE "C",
  last_error text COLLATE "C",
  last_output_blob text COLLATE "C",
  last_output text COLLATE "C",
  input_blob text COLLATE "C",
  input text COLLATE "C",
  CHECK ((last_status = ANY (ARRAY['succeeded'::text, 'skipped'::text, 'failed'::text, 'error'::text, 'timeout'::text, 'lost'::text, 'cancelled'::text]))),
  CHECK ((profile = ANY (ARRAY['job'::text, 'test'::text]))),
  CHECK ((status = ANY (ARRAY['succeeded'::text, 'skipped'::text, 'failed'::text, 'abandoned'::text, 'cancelled'::text]))),
  PRIMARY KEY (namespace, id)
);
CREATE INDEX history_input_blob ON history USING btree (namespace, "substring"(input_blob, 'sha256:[0-9a-f]{64}'::text)) WHERE (input_blob IS NOT NULL);
CREATE INDEX history_output_blob ON history USING btree (namespace, "substring"(last_output_blob, 'sha256:[0-9a-f]{64}'::text)) WHERE (last_output_blob IS NOT NULL);

CREATE TABLE idempotency (
  namespace text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  holder text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  expires_at_ms bigint NOT NULL,
  PRIMARY KEY (namespace, scope, key)
);

CREATE TABLE log (
  namespace text COLLATE "C" NOT NULL,
  trial text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  start bigint NOT NULL,
  sequence bigint NOT NULL,
  at_ms bigint NOT NULL,
  text bytea NOT NULL,
  PRIMARY KEY (namespace, trial, stream, start)
);

CREATE TABLE log_stream (
  namespace text COLLATE "C" NOT NULL,
  trial text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  bytes bigint NOT NULL,
  sequence bigint NOT NULL,
  CHECK ((stream = ANY (ARRAY['stdout'::text, 'stderr'::text]))),
  PRIMARY KEY (namespace, trial, stream)
) WITH (fillfactor=80);

CREATE TABLE migration (
  version integer NOT NULL,
  name text NOT NULL,
  applied_at_ms bigint NOT NULL,
  PRIMARY KEY (version)
);

CREATE TABLE muted (
  namespace text COLLATE "C" NOT NULL,
  class text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  example text COLLATE "C" NOT NULL,
  reason text COLLATE "C",
  muted_by text COLLATE "C",
  at_ms bigint NOT NULL,
  expires_at_ms bigint,
  key_hash text COLLATE "C" NOT NULL,
  example_hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (namespace, class, key_hash, example_hash)
);

CREATE TABLE offer (
  namespace text COLLATE "C" NOT NULL,
  task text COLLATE "C" NOT NULL,
  at_ms bigint NOT NULL,
  number bigint NOT NULL,
  worker text COLLATE "C" NOT NULL,
  worker_name text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  CHECK ((outcome = ANY (ARRAY['declined'::text, 'expired'::text, 'halted'::text]))),
  PRIMARY KEY (namespace, task, at_ms, number)
);

CREATE TABLE partition (
  partition integer NOT NULL,
  epoch bigint NOT NULL,
  commit_sequence bigint NOT NULL,
  engine text COLLATE "C",
  handed_to text COLLATE "C",
  PRIMARY KEY (partition)
) WITH (fillfactor=20);

CREATE TABLE phase (
  namespace text COLLATE "C" NOT NULL,
  taskset text COLLATE "C" NOT NULL,
  worker text COLLATE "C" NOT NULL,
  phase text COLLATE "C" NOT NULL,
  worker_name text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  duration_ms double precision NOT NULL,
  message text COLLATE "C",
  log text COLLATE "C",
  ended_at_ms bigint NOT NULL,
  CHECK ((phase = ANY (ARRAY['sync'::text, 'setup'::text, 'cleanUp'::text]))),
  CHECK ((status = ANY (ARRAY['succeeded'::text, 'failed'::text, 'timeout'::text, 'cancelled'::text]))),
  PRIMARY KEY (namespace, taskset, worker, phase)
);

CREATE TABLE plugin (
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  default_revision text COLLATE "C",
  PRIMARY KEY (namespace, name)
);

CREATE TABLE revision (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  plugin text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  manifest text COLLATE "C" NOT NULL,
  deployed_at_ms bigint NOT NULL,
  PRIMARY KEY (namespace, id)
);

CREATE TABLE store (
  id integer NOT NULL,
  mac_key bytea NOT NULL,
  is_clean smallint NOT NULL,
  opened_at_ms bigint NOT NULL,
  CHECK ((id = 1)),
  PRIMARY KEY (id)
);

CREATE TABLE task (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  taskset text COLLATE "C",
  key text COLLATE "C",
  definition text COLLATE "C" NOT NULL,
  revision text COLLATE "C" NOT NULL,
  profile text COLLATE "C" NOT NULL,
  policy text COLLATE "C",
  priority smallint NOT NULL,
  idempotency_key text COLLATE "C",
  launched_at_ms bigint NOT NULL,
  status text COLLATE "C" NOT NULL,
  waits_for text COLLATE "C",
  estimate_ms double precision,
  not_before_ms bigint,
  expires_at_ms bigint,
  queued_at_ms bigint,
  round integer NOT NULL,
  trials_total integer NOT NULL,
  trials_counted integer NOT NULL,
  trials_lost integer NOT NULL,
  round_start integer NOT NULL,
  suspicions integer NOT NULL,
  doublings integer NOT NULL,
  is_front smallint NOT NULL,
  last_worker text COLLATE "C",
  trials text COLLATE "C",
  input_blob text COLLATE "C",
  input text COLLATE "C",
  CHECK ((profile = ANY (ARRAY['job'::text, 'test'::text]))),
  CHECK ((status = ANY (ARRAY['waiting'::text, 'queued'::text, 'granted'::text, 'running'::text, 'checking'::text, 'cancelling'::text]))),
  CHECK ((waits_for = ANY (ARRAY['needs'::text, 'time'::text, 'permit'::text, 'completion'::text]))),
  PRIMARY KEY (namespace, id)
) WITH (fillfactor=85, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=2000, autovacuum_analyze_scale_factor=0.2, vacuum_truncate=off);
CREATE INDEX task_input_blob ON task USING btree (namespace, "substring"(input_blob, 'sha256:[0-9a-f]{64}'::text)) WHERE (input_blob IS NOT NULL);

CREATE TABLE taskset (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  class text COLLATE "C",
  profile text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  cause text COLLATE "C",
  definition text COLLATE "C",
  revision text COLLATE "C",
  policy text COLLATE "C",
  limits text COLLATE "C",
  round integer NOT NULL,
  counts text COLLATE "C" NOT NULL,
  first_task text COLLATE "C",
  last_task text COLLATE "C",
  launched_at_ms bigint NOT NULL,
  ended_at_ms bigint,
  muted text COLLATE "C",
  workspace text COLLATE "C",
  CHECK ((profile = ANY (ARRAY['job'::text, 'test'::text]))),
  CHECK ((status = ANY (ARRAY['open'::text, 'pending'::text, 'running'::text, 'paused'::text, 'cancelling'::text, 'cancelled'::text, 'succeeded'::text, 'failed'::text]))),
  PRIMARY KEY (namespace, id)
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=2000, autovacuum_analyze_scale_factor=0.2, vacuum_truncate=off);
CREATE INDEX taskset_name ON taskset USING btree (namespace, name, id) WHERE (name IS NOT NULL);
CREATE INDEX taskset_unfinished ON taskset USING btree (namespace, id) WHERE (status <> ALL (ARRAY['cancelled'::text, 'succeeded'::text, 'failed'::text]));

CREATE TABLE trial (
  namespace text COLLATE "C" NOT NULL,
  task text COLLATE "C" NOT NULL,
  n integer NOT NULL,
  revision text COLLATE "C" NOT NULL,
  round integer NOT NULL,
  status text COLLATE "C" NOT NULL,
  cause text COLLATE "C",
  is_twin smallint NOT NULL,
  is_counted smallint NOT NULL,
  worker text COLLATE "C",
  worker_name text COLLATE "C",
  token_partition integer NOT NULL,
  token_epoch bigint NOT NULL,
  token_sequence bigint NOT NULL,
  granted_at_ms bigint NOT NULL,
  ended_at_ms bigint NOT NULL,
  duration_ms double precision NOT NULL,
  counts text COLLATE "C",
  usage text COLLATE "C",
  error text COLLATE "C",
  output_blob text COLLATE "C",
  output text COLLATE "C",
  CHECK ((status = ANY (ARRAY['succeeded'::text, 'skipped'::text, 'failed'::text, 'error'::text, 'timeout'::text, 'lost'::text, 'cancelled'::text]))),
  PRIMARY KEY (namespace, task, n)
);
CREATE INDEX trial_output_blob ON trial USING btree (namespace, "substring"(output_blob, 'sha256:[0-9a-f]{64}'::text)) WHERE (output_blob IS NOT NULL);

CREATE TABLE worker (
  namespace text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  labels text COLLATE "C" NOT NULL,
  slots integer NOT NULL,
  runtimes text COLLATE "C" NOT NULL,
  session text COLLATE "C" NOT NULL,
  secret_hash text COLLATE "C" NOT NULL,
  is_draining smallint NOT NULL,
  quarantines text COLLATE "C" NOT NULL,
  joined_at_ms bigint NOT NULL,
  last_seen_at_ms bigint NOT NULL,
  CHECK ((status = ANY (ARRAY['joining'::text, 'ready'::text, 'unreachable'::text, 'draining'::text, 'gone'::text, 'lost'::text]))),
  PRIMARY KEY (namespace, id)
) WITH (fillfactor=70, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=2000, autovacuum_analyze_scale_factor=0.2, vacuum_truncate=off);
