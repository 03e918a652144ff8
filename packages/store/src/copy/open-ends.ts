import { resolve } from "node:path";
import { CapstanError } from "@capstan/protocol/plain";
import { parseAddress } from "../postgres/address.js";
import { toPostgresError } from "../postgres/postgres-failure.js";
import { openPostgresSource } from "./postgres-source.js";
import { PostgresTarget } from "./postgres-target.js";
import { openSqliteSource } from "./sqlite-source.js";
import { SqliteTarget } from "./sqlite-target.js";
import type { CopySource, CopyTarget } from "./store-end.js";

/** Each is the folder of an engine, or the `postgres://` address of its store. */
export interface CopyPlaces {
  readonly from: string;
  readonly to: string;
}

export function isAddress(place: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(place);
}

export async function openSource({ from }: Pick<CopyPlaces, "from">): Promise<CopySource> {
  return isAddress(from) ? guarded(openPostgresSource(from)) : openSqliteSource(from);
}

export async function openTarget({ from, to, nowMs }: CopyPlaces & { readonly nowMs: number }): Promise<CopyTarget> {
  if (nameOf(from) === nameOf(to)) {
    throw new CapstanError("invalid-config", "a store cannot be copied onto itself: name another place");
  }
  return isAddress(to) ? guarded(PostgresTarget.open(to, nowMs)) : SqliteTarget.open(to, nowMs);
}

/** What two names of one place have in common, as far as that can be told from them: the locks refuse the rest. */
function nameOf(place: string): string {
  return isAddress(place) ? parseAddress(place).shown : resolve(place);
}

/** Only the store's errors leave it. */
async function guarded<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw toPostgresError(error);
  }
}
