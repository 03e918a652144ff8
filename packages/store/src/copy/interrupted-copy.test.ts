import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { launchedAtMs } from "../conformance/sample-row.js";
import { onSchema } from "../conformance/postgres-place.test.support.js";
import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import { copyStore } from "./copy-store.js";
import { fillStore } from "./filled-store.test.support.js";
import { incompleteFile } from "./sqlite-target.js";

vi.setConfig({ testTimeout: 120_000 });

const child = new URL("./copy-child.test.support.js", import.meta.url);
const points = [
  ["write", 1],
  ["write", 900],
  ["check", 900],
] as const;

/** Copies in a process that is killed at a point of it. */
async function copyKilled(from: string, to: string, [phase, rows]: (typeof points)[number]): Promise<void> {
  const process = fork(child, [from, to, phase, String(rows)]);
  expect(await once(process, "exit")).toEqual([null, "SIGKILL"]);
}

let root = "";
let from = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "capstan-killed-copy-"));
  from = join(root, "from");
  await fillStore(openSqliteStore({ folder: from, thread: false }));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("a copy whose process is killed", () => {
  it("into a folder leaves a file that no engine opens, and the next copy begins anew", async () => {
    const to = join(root, "to");
    for (const point of points) {
      await copyKilled(from, to, point);
      expect(await readdir(to)).toContain(incompleteFile);
      expect(await readdir(to)).not.toContain("capstan.db");
    }
    const copied = await copyStore({ from, to, nowMs: launchedAtMs });
    expect((await readdir(to)).toSorted()).toEqual(["capstan.db", "capstan.lock"]);
    const again = await copyStore({ from: to, to: join(root, "again"), nowMs: launchedAtMs });
    expect(again.digest).toBe(copied.digest);
  });

  it.skipIf(!hasPostgres())("into PostgreSQL leaves an empty schema, and the next copy begins anew", async () => {
    const to = await freshPostgres();
    for (const point of points) {
      await copyKilled(from, to, point);
      // The lock is free as soon as the server has noticed; until then it would be taken for an engine's.
      const counted = await onSchema(to, async (client, schema) => {
        const { rows } = await client.query<{ name: string }>(
          "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migration'",
          [schema],
        );
        const sql = rows.map(({ name }) => `SELECT '${name}' AS name FROM ${name}`).join(" UNION ALL ");
        return (await client.query(sql)).rows;
      });
      expect(counted).toEqual([]);
    }
    const copied = await copyStore({ from, to, nowMs: launchedAtMs });
    const back = await copyStore({ from: to, to: join(root, "again"), nowMs: launchedAtMs });
    expect(back.digest).toBe(copied.digest);
  });
});
