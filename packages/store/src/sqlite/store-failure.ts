import { CapstanError } from "@capstan/protocol/plain";
import { FencedError } from "../store.js";

const full = 13;
const corrupt = 11;
const notDatabase = 26;

/** Primary result codes of SQLite that mean a fault of this program, not of the disk. */
const ownFaults: ReadonlySet<number> = new Set([1, 19, 20, 21, 25]);

function remedyOf(code: number): string {
  if (code === full) return "the disk is full: free some space";
  if (code === corrupt || code === notDatabase) return "the file is damaged or no store: restore it from a backup";
  return "check the disk and the rights of the folder";
}

/**
 * Anything thrown below the store as one of its errors: `store-failed` when SQLite or the file system cannot do it now,
 * `internal` when the statement itself was wrong; errors with a code of their own stay as they are.
 */
export function toStoreError(thrown: unknown): CapstanError | FencedError {
  if (thrown instanceof CapstanError || thrown instanceof FencedError) return thrown;
  const error = thrown as { message?: string; code?: string; errcode?: number; syscall?: string };
  const message = error.message ?? String(thrown);
  if (typeof error.errcode === "number") {
    const code = error.errcode & 255;
    if (ownFaults.has(code))
      return new CapstanError("internal", `the store refused a row: ${message}`, { cause: thrown });
    return new CapstanError("store-failed", `the store failed (${message}); ${remedyOf(code)}`, {
      cause: thrown,
      details: { sqlite: error.errcode },
    });
  }
  if (typeof error.syscall === "string") {
    return new CapstanError("store-failed", `the store failed (${message}); ${remedyOf(0)}`, { cause: thrown });
  }
  return new CapstanError("internal", message, { cause: thrown });
}

/** Runs a step of the store, so that only the store's errors leave it. */
export function guard<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw toStoreError(error);
  }
}
