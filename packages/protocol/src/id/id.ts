import { CapstanError } from "../error/capstan-error.js";

/** What each prefix stands for; the prefix is part of the id everywhere it is shown or stored. */
export const idPrefixes = {
  task: "task_",
  taskset: "set_",
  worker: "wrk_",
  session: "ses_",
} as const;

export type IdKind = keyof typeof idPrefixes;

declare const brand: unique symbol;
type Branded<K extends string> = string & { readonly [brand]: K };

export type TaskId = Branded<"task">;
export type TasksetId = Branded<"taskset">;
export type WorkerId = Branded<"worker">;
export type SessionId = Branded<"session">;
/** `trial_<body of its task's id>_<n>`, n = 1, 2, … over all rounds of the task. */
export type TrialId = Branded<"trial">;
/** `rev_` and 26 base32 characters of the SHA-256 digest of the manifest. */
export type RevisionId = Branded<"revision">;

export interface IdOf {
  readonly task: TaskId;
  readonly taskset: TasksetId;
  readonly worker: WorkerId;
  readonly session: SessionId;
}

/** What an id is made of: 48 bits of time, 6 of partition, 24 of epoch, 32 of sequence. */
export interface IdParts {
  /** Wall time in ms since 1970, so that ids sort by the time they were made. */
  readonly timeMs: number;
  /** 0–63. */
  readonly partition: number;
  /** The epoch under which the partition was owned; raised durably at every start of an engine. */
  readonly epoch: number;
  /** Counts up within (partition, epoch). */
  readonly sequence: number;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const bodyLength = 22;
const pairs = makePairs();
const values = makeValues();

function makePairs(): string[] {
  const list: string[] = [];
  for (const high of alphabet) for (const low of alphabet) list.push(high + low);
  return list;
}

function makeValues(): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let value = 0; value < 32; value += 1) table[alphabet.charCodeAt(value)] = value;
  return table;
}

/** Makes an id; the same parts always give the same id. */
export function makeId<K extends IdKind>(kind: K, parts: IdParts): IdOf[K] {
  return (idPrefixes[kind] + encodeIdBody(parts)) as IdOf[K];
}

/** Encodes 110 bits as 22 characters of Crockford's base32, two characters (10 bits) at a time. */
export function encodeIdBody({ timeMs, partition, epoch, sequence }: IdParts): string {
  const timeHigh = Math.floor(timeMs / 2 ** 28);
  const timeLow = timeMs % 2 ** 28;
  // 20 + 20 bits of time, then 8 of time with 2 of partition, and so on down to the sequence.
  return (
    pairs[(timeHigh >>> 10) & 1023]! +
    pairs[timeHigh & 1023]! +
    pairs[(timeLow >>> 18) & 1023]! +
    pairs[(timeLow >>> 8) & 1023]! +
    pairs[((timeLow & 255) << 2) | (partition >>> 4)]! +
    pairs[((partition & 15) << 6) | (epoch >>> 18)]! +
    pairs[(epoch >>> 8) & 1023]! +
    pairs[((epoch & 255) << 2) | (sequence >>> 30)]! +
    pairs[(sequence >>> 20) & 1023]! +
    pairs[(sequence >>> 10) & 1023]! +
    pairs[sequence & 1023]!
  );
}

function decodeIdBody(body: string): IdParts | undefined {
  if (body.length !== bodyLength) return undefined;
  const v: number[] = [];
  for (let at = 0; at < bodyLength; at += 2) {
    const high = values[body.charCodeAt(at) & 127]!;
    const low = values[body.charCodeAt(at + 1) & 127]!;
    if (high === 255 || low === 255 || body.charCodeAt(at) > 127 || body.charCodeAt(at + 1) > 127) return undefined;
    v.push((high << 5) | low);
  }
  const timeHigh = v[0]! * 1024 + v[1]!;
  const timeLow = v[2]! * 2 ** 18 + v[3]! * 2 ** 8 + (v[4]! >>> 2);
  return {
    timeMs: timeHigh * 2 ** 28 + timeLow,
    partition: ((v[4]! & 3) << 4) | (v[5]! >>> 6),
    epoch: ((v[5]! & 63) << 18) | (v[6]! << 8) | (v[7]! >>> 2),
    sequence: (v[7]! & 3) * 2 ** 30 + v[8]! * 2 ** 20 + v[9]! * 1024 + v[10]!,
  };
}

/**
 * Takes an id apart.
 * @throws CapstanError `invalid-id` when the text is no id of that kind.
 */
export function parseId(kind: IdKind, text: string): IdParts {
  const prefix = idPrefixes[kind];
  const parts = text.startsWith(prefix) ? decodeIdBody(text.slice(prefix.length)) : undefined;
  if (parts === undefined) {
    throw new CapstanError(
      "invalid-id",
      `"${text.slice(0, 60)}" is no ${kind} id: it starts with "${prefix}" and goes on with 22 characters`,
    );
  }
  return parts;
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = idPrefixes[kind];
  return text.startsWith(prefix) && decodeIdBody(text.slice(prefix.length)) !== undefined;
}

/** The id of a task's n-th trial, n counting from 1 over all its rounds. */
export function trialIdOf(task: TaskId, n: number): TrialId {
  return `trial_${task.slice(idPrefixes.task.length)}_${n}` as TrialId;
}

/**
 * The task a trial belongs to, and which of its trials it is.
 * @throws CapstanError `invalid-id` when the text is no trial id.
 */
export function parseTrialId(text: string): { readonly task: TaskId; readonly n: number } {
  const body = text.slice(6, 6 + bodyLength);
  const n = text.slice(7 + bodyLength);
  const isWellFormed = text.startsWith("trial_") && text[6 + bodyLength] === "_" && /^[1-9][0-9]{0,5}$/.test(n);
  if (!isWellFormed || decodeIdBody(body) === undefined) {
    throw new CapstanError(
      "invalid-id",
      `"${text.slice(0, 60)}" is no trial id: it looks like trial_<22 characters>_<number>`,
    );
  }
  return { task: (idPrefixes.task + body) as TaskId, n: Number(n) };
}

export const partitionCount = 64;

/** The partition that an id of a task or taskset carries. */
export function partitionOf(kind: "task" | "taskset", id: string): number {
  return parseId(kind, id).partition;
}

/** The partition of a lone task: a hash (FNV-1a) of its namespace, definition, and idempotency key or launch sequence. */
export function placeLoneTask(namespace: string, definition: string, keyOrSequence: string): number {
  let hash = 0x811c9dc5;
  const text = `${namespace}\n${definition}\n${keyOrSequence}`;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % partitionCount;
}
