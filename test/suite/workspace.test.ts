import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { NetworkNamespace } from "../bed/network-namespace.js";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

const bin = fileURLToPath(new URL("../../../packages/capstan/bin/capstan.js", import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `capstan test --workspace` on a tree. */
function runSuite(
  bed: ProcessBed,
  root: string,
  { argv = [], token = "" }: { readonly argv?: readonly string[]; readonly token?: string } = {},
): Promise<Ended> {
  const args = [bin, "test", "--adapter", "node-test", "--workspace", ...argv];
  const env = { ...process.env, CAPSTAN_URL: bed.url, CAPSTAN_TOKEN: token, XDG_CACHE_HOME: join(bed.folder, "own") };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** A suite whose files pass only in a copy that was set up. */
async function plantSuite(bed: ProcessBed, files: number): Promise<string> {
  const root = join(bed.folder, "suite");
  await mkdir(join(root, "lib"), { recursive: true });
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  await writeFile(join(root, "lib", "add.js"), "export const add = (a, b) => a + b;\n");
  for (let n = 0; n < files; n += 1) await writeFile(join(root, `f${n}.test.js`), fileText(n, bed));
  return root;
}

function fileText(n: number, bed: ProcessBed): string {
  return `import { readFileSync, writeFileSync } from "node:fs";
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
import { add } from "./lib/add.js";
test("adds ${n}", async () => {
  await setTimeout(150);
  assert.equal(add(1, ${n}), ${n} + 1);
  assert.equal(readFileSync(new URL("made", import.meta.url), "utf8").trim(), "made for 2 slots");
  assert.notEqual(process.cwd(), ${JSON.stringify(join(bed.folder, "suite"))});
  writeFileSync(new URL("written-${n}", import.meta.url), "by a test");
});
`;
}

/** Adds when a file is there: until then every file of the suite waits. */
function gatedAdd(gate: string): string {
  return `import { existsSync, watch } from "node:fs";
import { once } from "node:events";
const watcher = watch(${JSON.stringify(dirname(gate))});
while (!existsSync(${JSON.stringify(gate)})) await once(watcher, "change");
watcher.close();
export const add = (a, b) => a + b;
`;
}

const lines = async (file: string): Promise<string[]> => (await readFile(file, "utf8")).trim().split("\n").toSorted();

test("a tree travels to the workers, is set up once on each, and is cleaned up after the last file", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    const root = await plantSuite(bed, 12);
    for (const name of ["w0", "w1"])
      await bed.startWorker(name, { slots: 2, folder: join(bed.folder, `cache-${name}`) });
    const log = join(bed.folder, "phases");
    const setup = `echo "made for $CAPSTAN_SLOTS slots" > made; echo "setup $PWD" >> ${log}`;
    const cleanUp = `test -e package.json && ls | grep -c written > /dev/null && echo "cleanUp $PWD" >> ${log}`;
    const argv = ["--name", "unit", "--setup", setup, "--clean-up", cleanUp];
    const first = await runSuite(bed, root, { argv });
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("12 succeeded") as string });
    expect(first.stderr).toContain("14 files, 14 files of");
    const [{ id }] = [(await bed.client.tasksets({ name: "unit" }).next()).value!];
    // The last clean-up may still be on its way when the suite has ended.
    const phases = await until(
      () => bed.client.taskset(id).phases(),
      (all) => all.length === 6,
    );
    expect(phases.map(({ workerName, phase, status }) => `${workerName} ${phase} ${status}`).toSorted()).toEqual(
      ["w0", "w1"].flatMap((name) => ["cleanUp", "setup", "sync"].map((phase) => `${name} ${phase} succeeded`)),
    );
    const done = await lines(log);
    expect(done.map((line) => line.split(" ")[0])).toEqual(["cleanUp", "cleanUp", "setup", "setup"]);
    expect(new Set(done.map((line) => line.split(" ")[1])).size).toBe(2);
    for (const name of ["w0", "w1"]) expect(await held(bed, name)).toEqual([]);
    expect((await readdir(root)).filter((name) => name.startsWith("written") || name === "made")).toEqual([]);

    await writeFile(join(root, "lib", "add.js"), "export const add = (a, b) => a - b;\n");
    const second = await runSuite(bed, root, { argv: [...argv, "--max-trials", "1"] });
    expect(second.stderr).toContain("14 files, 1 file of 36 B sent");
    expect(second).toMatchObject({ code: 1, stdout: expect.stringContaining("1 succeeded, 11 failed") as string });
  });
}, 120_000);

test("a worker that does not get ready for a suite is kept from it, and when none is left the suite says why", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    const root = await plantSuite(bed, 6);
    for (const name of ["bad", "good"]) {
      await bed.startWorker(name, { slots: 2, folder: join(bed.folder, `cache-${name}`), labels: [name] });
    }
    const setup =
      'case $PWD in *cache-bad*) echo "no compiler here" >&2; exit 7;; esac; echo "made for 2 slots" > made';
    expect(await runSuite(bed, root, { argv: ["--setup", setup] })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("6 succeeded") as string,
    });
    const alone = await runSuite(bed, root, { argv: ["--label", "bad", "--setup", setup] });
    expect(alone.code).toBe(1);
    expect(alone.stdout).toContain("bad: setup failed: it exited with code 7\n    no compiler here");
    expect(alone.stdout).toContain("no worker is left that is ready for it");
    const strict = await runSuite(bed, root, { argv: ["--strict", "--setup", setup] });
    expect(strict).toMatchObject({ code: 1, stdout: expect.stringContaining("bad: setup failed") as string });
  });
}, 120_000);

test.skipIf(!NetworkNamespace.isPossible())(
  "a worker in namespaces of its own, with an empty home, no checkout and an empty cache, joins in the middle and does its share",
  async () => {
    const token = "a-token-for-this-test-0123456789";
    const network = NetworkNamespace.make();
    try {
      await withBed(
        async (bed) => {
          await bed.startEngine({ host: "0.0.0.0" });
          const root = await plantSuite(bed, 24);
          const gate = join(bed.folder, "gate");
          await writeFile(join(root, "lib", "add.js"), gatedAdd(gate));
          const near = await bed.startWorker("near", { slots: 2, folder: join(bed.folder, "cache-near") });
          const ended = runSuite(bed, root, {
            argv: ["--setup", 'echo "made for $CAPSTAN_SLOTS slots" > made'],
            token,
          });
          await near.script.waitForLine(/"phaseEnded".*"setup"/, 30_000);
          const home = join(bed.folder, "home");
          await mkdir(home);
          const hide = `mount -t tmpfs none "${root}" && export HOME="${home}" && exec "$@"`;
          const mounts = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", hide, "sh"];
          const far = { slots: 2, engine: `http://${network.hostAddress}:${bed.port}`, folder: join(home, "cache") };
          const worker = await bed.startWorker("far", far, [...network.command, ...mounts]);
          await worker.script.waitForLine(/"phaseEnded".*"setup"/, 30_000);
          await writeFile(gate, "open");
          expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining("24 succeeded") as string });
          const [set] = [(await bed.client.tasksets({}).next()).value!];
          const { tasks } = await bed.client.taskset(set.id).report();
          const names = tasks.map(({ lastTrial }) => lastTrial?.workerName);
          expect(names.filter((name) => name === "far").length).toBeGreaterThan(6);
        },
        { token },
      );
    } finally {
      network.remove();
    }
  },
  60_000,
);

/** Workspaces that a worker holds. */
async function held(bed: ProcessBed, name: string): Promise<string[]> {
  const all = join(bed.folder, `cache-${name}`, "workspaces");
  const marks = await readdir(all);
  return (await Promise.all(marks.map((mark) => readdir(join(all, mark))))).flat();
}

async function until<T>(look: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (isEnough(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
