import { CapstanError, isId, type IdKind } from "@capstan/protocol/plain";

/** A cursor is the last id that was looked at; the next page begins below it. @throws CapstanError `invalid-cursor`. */
export function parseCursor(kind: IdKind, cursor: string | undefined): string {
  if (cursor === undefined) return "~";
  if (!isId(kind, cursor)) throw new CapstanError("invalid-cursor", "the cursor was not made by this list");
  return cursor;
}
