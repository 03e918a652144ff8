import type { Migration } from "../../migrations/migration.js";
import { initial } from "./0001-initial.js";
import { engines } from "./0002-engines.js";

/** All migrations of the PostgreSQL store, in order. A new one goes into a file of its own and to the end of this list. */
export const migrations: readonly Migration[] = [initial, engines];
