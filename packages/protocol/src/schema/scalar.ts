import { Type } from "./typebox.js";
import { limits } from "../limit.js";

/** An object that refuses fields it does not know: a misspelt setting is an error, never ignored. */
export function Closed<P extends Type.TProperties>(properties: P, description?: string) {
  return Type.Object(properties, {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
}

export const Name = Type.String({
  minLength: 1,
  maxLength: limits.namesBytesMax,
  pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
});
export const Text = Type.String({ maxLength: 4_096 });
export const Key = Type.String({ minLength: 1, maxLength: limits.keyBytesMax });
export const DefinitionName = Type.String({
  maxLength: 2 * limits.namesBytesMax + 1,
  pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*$",
  description: "plugin/name, for example images/resize",
});
export const Milliseconds = Type.Integer({ minimum: 0, maximum: 366 * 24 * 3_600_000 });
export const Instant = Type.Integer({ minimum: 0, maximum: 2 ** 48 - 1, description: "ms since 1970, UTC" });
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Digest = Type.String({ pattern: "^sha256:[0-9a-f]{64}$" });
export const TaskIdText = Type.String({ pattern: "^task_[0-9a-hjkmnp-tv-z]{22}$" });
export const TasksetIdText = Type.String({ pattern: "^set_[0-9a-hjkmnp-tv-z]{22}$" });
export const TrialIdText = Type.String({ pattern: "^trial_[0-9a-hjkmnp-tv-z]{22}_[1-9][0-9]{0,5}$" });
export const WorkerIdText = Type.String({ pattern: "^wrk_[0-9a-hjkmnp-tv-z]{22}$" });
export const SessionIdText = Type.String({ pattern: "^ses_[0-9a-hjkmnp-tv-z]{22}$" });
export const RevisionIdText = Type.String({ pattern: "^rev_[0-9a-hjkmnp-tv-z]{26}$" });
export const Label = Type.String({ minLength: 1, maxLength: 100, pattern: "^[A-Za-z0-9_][A-Za-z0-9_.:/=-]*$" });
export const Labels = Type.Array(Label, { maxItems: limits.labelsMax });
export const TokenText = Type.String({ minLength: 5, maxLength: 120 });

/** One of a list of words. */
export function Word<const W extends readonly string[]>(words: W, description?: string): Type.TUnsafe<W[number]> {
  return Type.Unsafe<W[number]>(Type.Enum([...words], description === undefined ? {} : { description }));
}

/** A blob by digest, in place of a value that is too large to travel inside a frame or row. */
export const BlobRef = Closed({ digest: Digest, bytes: Bytes });
export type BlobRef = Type.Static<typeof BlobRef>;
