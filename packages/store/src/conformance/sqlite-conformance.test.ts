import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import type { MakePlace } from "./conformance-kit.js";
import { storeConformance } from "./store-conformance.js";

function folderPlace(thread: boolean): MakePlace {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), "capstan-store-"));
    return {
      make: () => openSqliteStore({ folder, thread }),
      isDurable: true,
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  };
}

const memoryPlace: MakePlace = async () => ({
  make: () => openSqliteStore({ memory: true }),
  isDurable: false,
  dispose: async () => {},
});

const kit = { describe, it: (name: string, body: () => Promise<void>, ms?: number) => it(name, body, ms), expect };

storeConformance(kit, "SQLite in memory", memoryPlace);
storeConformance(kit, "SQLite on a folder", folderPlace(false));
storeConformance(kit, "SQLite on threads", folderPlace(true));
