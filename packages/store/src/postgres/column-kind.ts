/** How a column travels: the types of PostgreSQL that the tables use. */
export type ColumnKind = "text" | "bytea" | "int2" | "int4" | "int8" | "float8";

const small = ["priority", "is_front", "is_flaky", "is_twin", "is_counted", "is_draining"];
const medium = [
  "round",
  "trials_total",
  "trials_counted",
  "trials_lost",
  "round_start",
  "suspicions",
  "doublings",
  "n",
  "token_partition",
  "slots",
  "trial_number",
];
const large = [
  "launched_at_ms",
  "not_before_ms",
  "expires_at_ms",
  "queued_at_ms",
  "granted_at_ms",
  "ended_at_ms",
  "deployed_at_ms",
  "joined_at_ms",
  "last_seen_at_ms",
  "updated_at_ms",
  "at_ms",
  "token_epoch",
  "token_sequence",
  "sequence",
  "samples",
  "number",
  "passes",
];
const real = ["estimate_ms", "duration_ms", "mean_ms", "deviation_ms"];

const kinds = new Map<string, ColumnKind>([
  ...small.map((name) => [name, "int2"] as const),
  ...medium.map((name) => [name, "int4"] as const),
  ...large.map((name) => [name, "int8"] as const),
  ...real.map((name) => [name, "float8"] as const),
]);

/** The kind of a column by its name, which says the same in every table; what has no number is text. */
export function columnKind(column: string): ColumnKind {
  return kinds.get(column.startsWith("last_") ? column.slice("last_".length) : column) ?? kinds.get(column) ?? "text";
}
