import {
  finalTaskStatuses,
  finalTasksetStatuses,
  finalTrialStatuses,
  offerOutcomes,
  phases,
  phaseStatuses,
  profiles,
  taskStatuses,
  tasksetStatuses,
  waitReasons,
  workerStatuses,
} from "@capstan/protocol/plain";
import type { Migration } from "../../migrations/migration.js";
import { digestOf } from "../digest-of.js";

/** Text that is compared byte by byte, as ids must be, whatever the language of the database. */
const text = 'text COLLATE "C"';
const key = `${text} NOT NULL`;
const finals: readonly string[] = finalTaskStatuses;
const hotStatuses = taskStatuses.filter((status) => status !== "offered" && !finals.includes(status));

/** What people name may be longer than an entry of an index can be: its hash stands for it there. */
function hashOf(column: string): string {
  return `${column}_hash ${text} NOT NULL GENERATED ALWAYS AS (md5(${column})) STORED`;
}

function listOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}

function oneOf(column: string, words: readonly string[]): string {
  return `CHECK (${column} IN (${listOf(words)}))`;
}

const facts = `
  namespace ${key},
  id ${key},
  taskset ${text},
  key ${text},
  definition ${key},
  revision ${key},
  profile ${key} ${oneOf("profile", profiles)},
  policy ${text},
  priority int2 NOT NULL,
  idempotency_key ${text},
  launched_at_ms int8 NOT NULL,`;

function trialEnd(prefix: string, required: string): string {
  return `
  ${prefix}round int4${required},
  ${prefix}status ${text}${required} ${oneOf(`${prefix}status`, finalTrialStatuses)},
  ${prefix}cause ${text},
  ${prefix}is_twin int2${required},
  ${prefix}is_counted int2${required},
  ${prefix}worker ${text},
  ${prefix}worker_name ${text},
  ${prefix}token_partition int4${required},
  ${prefix}token_epoch int8${required},
  ${prefix}token_sequence int8${required},
  ${prefix}granted_at_ms int8${required},
  ${prefix}ended_at_ms int8${required},
  ${prefix}duration_ms float8${required},
  ${prefix}counts ${text},
  ${prefix}usage ${text},
  ${prefix}error ${text},
  ${prefix}output_blob ${text},
  ${prefix}output ${text},`;
}

/** Rows come, change once or twice, and go: dead ones are collected early and while they are few. */
const hot = (fillfactor: number): string => `WITH (fillfactor = ${fillfactor}, autovacuum_vacuum_scale_factor = 0.05,
  autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0.2, vacuum_truncate = off)`;

const system = `
CREATE TABLE store (
  id int4 PRIMARY KEY CHECK (id = 1),
  mac_key bytea NOT NULL,
  is_clean int2 NOT NULL,
  opened_at_ms int8 NOT NULL
);

CREATE TABLE partition (
  partition int4 PRIMARY KEY,
  epoch int8 NOT NULL,
  commit_sequence int8 NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE plugin (
  namespace ${key},
  name ${key},
  default_revision ${text},
  PRIMARY KEY (namespace, name)
);

CREATE TABLE revision (
  namespace ${key},
  id ${key},
  plugin ${key},
  version ${key},
  digest ${key},
  manifest ${key},
  deployed_at_ms int8 NOT NULL,
  PRIMARY KEY (namespace, id)
);

CREATE TABLE worker (
  namespace ${key},
  id ${key},
  name ${key},
  status ${key} ${oneOf("status", workerStatuses)},
  labels ${key},
  slots int4 NOT NULL,
  runtimes ${key},
  session ${key},
  secret_hash ${key},
  is_draining int2 NOT NULL,
  quarantines ${key},
  joined_at_ms int8 NOT NULL,
  last_seen_at_ms int8 NOT NULL,
  PRIMARY KEY (namespace, id)
) ${hot(70)};
`;

const work = `
CREATE TABLE taskset (
  namespace ${key},
  id ${key},
  name ${text},
  class ${text},
  profile ${key} ${oneOf("profile", profiles)},
  status ${key} ${oneOf("status", tasksetStatuses)},
  cause ${text},
  definition ${text},
  revision ${text},
  policy ${text},
  limits ${text},
  round int4 NOT NULL,
  counts ${key},
  first_task ${text},
  last_task ${text},
  launched_at_ms int8 NOT NULL,
  ended_at_ms int8,
  muted ${text},
  workspace ${text},
  PRIMARY KEY (namespace, id)
) ${hot(70)};
CREATE INDEX taskset_unfinished ON taskset (namespace, id) WHERE status NOT IN (${listOf(finalTasksetStatuses)});
CREATE INDEX taskset_name ON taskset (namespace, name, id) WHERE name IS NOT NULL;

CREATE TABLE task (${facts}
  status ${key} ${oneOf("status", hotStatuses)},
  waits_for ${text} ${oneOf("waits_for", waitReasons)},
  estimate_ms float8,
  not_before_ms int8,
  expires_at_ms int8,
  queued_at_ms int8,
  round int4 NOT NULL,
  trials_total int4 NOT NULL,
  trials_counted int4 NOT NULL,
  trials_lost int4 NOT NULL,
  round_start int4 NOT NULL,
  suspicions int4 NOT NULL,
  doublings int4 NOT NULL,
  is_front int2 NOT NULL,
  last_worker ${text},
  trials ${text},
  input_blob ${text},
  input ${text},
  PRIMARY KEY (namespace, id)
) ${hot(85)};
CREATE INDEX task_input_blob ON task (namespace, (${digestOf("input_blob")})) WHERE input_blob IS NOT NULL;

CREATE TABLE history (${facts}
  status ${key} ${oneOf("status", finalTaskStatuses)},
  cause ${text},
  reason ${text},
  is_flaky int2 NOT NULL,
  round int4 NOT NULL,
  trials_total int4 NOT NULL,
  trials_counted int4 NOT NULL,
  trials_lost int4 NOT NULL,
  ended_at_ms int8 NOT NULL,
  last_n int4,${trialEnd("last_", "")}
  input_blob ${text},
  input ${text},
  PRIMARY KEY (namespace, id)
);
CREATE INDEX history_input_blob ON history (namespace, (${digestOf("input_blob")})) WHERE input_blob IS NOT NULL;
CREATE INDEX history_output_blob ON history (namespace, (${digestOf("last_output_blob")}))
  WHERE last_output_blob IS NOT NULL;

CREATE TABLE trial (
  namespace ${key},
  task ${key},
  n int4 NOT NULL,
  revision ${key},${trialEnd("", " NOT NULL")}
  PRIMARY KEY (namespace, task, n)
);
CREATE INDEX trial_output_blob ON trial (namespace, (${digestOf("output_blob")})) WHERE output_blob IS NOT NULL;

CREATE TABLE offer (
  namespace ${key},
  task ${key},
  at_ms int8 NOT NULL,
  number int8 NOT NULL,
  worker ${key},
  worker_name ${key},
  outcome ${key} ${oneOf("outcome", offerOutcomes)},
  reason ${key},
  PRIMARY KEY (namespace, task, at_ms, number)
);

CREATE TABLE phase (
  namespace ${key},
  taskset ${key},
  worker ${key},
  phase ${key} ${oneOf("phase", phases)},
  worker_name ${key},
  status ${key} ${oneOf("status", phaseStatuses)},
  duration_ms float8 NOT NULL,
  message ${text},
  log ${text},
  ended_at_ms int8 NOT NULL,
  PRIMARY KEY (namespace, taskset, worker, phase)
);
`;

const side = `
CREATE TABLE idempotency (
  namespace ${key},
  scope ${key},
  key ${key},
  holder ${key},
  digest ${key},
  expires_at_ms int8 NOT NULL,
  PRIMARY KEY (namespace, scope, key)
);

CREATE TABLE estimate (
  namespace ${key},
  class ${key},
  key ${key},
  mean_ms float8 NOT NULL,
  deviation_ms float8 NOT NULL,
  samples int8 NOT NULL,
  updated_at_ms int8 NOT NULL,
  ${hashOf("key")},
  PRIMARY KEY (namespace, class, key_hash)
) ${hot(70)};
CREATE INDEX estimate_job ON estimate (namespace, class) WHERE key = '';

CREATE TABLE flaky (
  namespace ${key},
  class ${key},
  key ${key},
  at_ms int8 NOT NULL,
  task ${key},
  taskset ${key},
  passes int8 NOT NULL,
  trial int4,
  examples ${key},
  ${hashOf("key")},
  PRIMARY KEY (namespace, class, key_hash, at_ms, task)
);

CREATE TABLE muted (
  namespace ${key},
  class ${key},
  key ${key},
  example ${key},
  reason ${text},
  muted_by ${text},
  at_ms int8 NOT NULL,
  expires_at_ms int8,
  ${hashOf("key")},
  ${hashOf("example")},
  PRIMARY KEY (namespace, class, key_hash, example_hash)
);

CREATE TABLE log_stream (
  namespace ${key},
  trial ${key},
  stream ${key} CHECK (stream IN ('stdout', 'stderr')),
  bytes int8 NOT NULL,
  sequence int8 NOT NULL,
  PRIMARY KEY (namespace, trial, stream)
) WITH (fillfactor = 80);

CREATE TABLE log (
  namespace ${key},
  trial ${key},
  stream ${key},
  start int8 NOT NULL,
  sequence int8 NOT NULL,
  at_ms int8 NOT NULL,
  text bytea NOT NULL,
  PRIMARY KEY (namespace, trial, stream, start)
);
`;

export const initial: Migration = { version: 1, name: "initial", sql: system + work + side };
