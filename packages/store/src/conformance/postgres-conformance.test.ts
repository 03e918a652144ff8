import { hasPostgres } from "@capstan/testkit";
import { describe, expect, it, vi } from "vitest";
import { schemaPlaces } from "./postgres-place.test.support.js";
import { storeConformance } from "./store-conformance.js";

// The first of them waits for the server to be made.
vi.setConfig({ testTimeout: 60_000 });

const kit = { describe, it: (name: string, body: () => Promise<void>, ms?: number) => it(name, body, ms), expect };

const isContinuous = (process.env["CI"] ?? "") !== "";

it.skipIf(!hasPostgres() && !isContinuous)("PostgreSQL is installed: Debian's package is postgresql", () => {
  expect(hasPostgres()).toBe(true);
});

// Without a server: skipped, unless the machine is one that has to have it.
describe.skipIf(!hasPostgres())("with a server", () => storeConformance(kit, "PostgreSQL", schemaPlaces()));
