import { initial } from "./0001-initial.js";
import { liveTasks } from "./0002-live-tasks.js";
import { offers } from "./0003-offers.js";
import { causes } from "./0004-causes.js";
import { flaky } from "./0005-flaky.js";
import { muted } from "./0006-muted.js";
import { workspaces } from "./0007-workspaces.js";
import { keptMuted } from "./0008-kept-muted.js";
import type { Migration } from "./migration.js";

/** All migrations of the SQLite store, in order. A new one goes into a file of its own and to the end of this list. */
export const migrations: readonly Migration[] = [
  initial,
  liveTasks,
  offers,
  causes,
  flaky,
  muted,
  workspaces,
  keptMuted,
];
