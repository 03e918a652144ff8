import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

const bin = fileURLToPath(new URL("../../../packages/capstan/bin/capstan.js", import.meta.url));
const files = 14;
const deaths = 3;

/** A test file that notes when it begins and takes its time, with an example that passes, one that fails and one that is skipped. */
function fileText(n: number, journal: string): string {
  return `import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
appendFileSync(${JSON.stringify(journal)}, "begin ${n} trial " + process.pid + " 0\\n");
test("waits ${n}", () => setTimeout(500));
test("fails ${n}", () => { throw new Error("on purpose"); });
test("rests ${n}", { skip: "not yet" }, () => {});
`;
}

async function plantSuite(bed: ProcessBed): Promise<string> {
  const root = join(bed.folder, "suite");
  await mkdir(root);
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  for (let n = 0; n < files; n += 1) await writeFile(join(root, `f${n}.test.js`), fileText(n, bed.journal.file));
  return root;
}

/** Ends with the exit code of the command. */
function runSuite(bed: ProcessBed, root: string): Promise<number> {
  const argv = [bin, "test", "--adapter", "node-test", "--max-trials", "1", "--junit", "report.xml"];
  const env = { ...process.env, CAPSTAN_URL: bed.url };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd: root, env }, (error) => resolve(Number(error?.code ?? 0)));
  });
}

test("workers that die one after another take no example of a suite with them, and none is told twice", async () => {
  await withBed(async (bed) => {
    await bed.startEngine();
    const root = await plantSuite(bed);
    let worker = await bed.startWorker("w0", { slots: 2 });
    const ended = runSuite(bed, root);
    for (let death = 1; death <= deaths; death += 1) {
      await bed.journal.waitForCount("begin", 4 * death, 30_000);
      const next = await bed.startWorker(`w${death}`, { slots: 2 });
      worker.script.kill("SIGKILL");
      worker = next;
    }
    expect(await ended).toBe(1);
    const xml = await readFile(join(root, "report.xml"), "utf8");
    const told = [...xml.matchAll(/<testcase name="(\w+ \d+)"/g)].map(([, name]) => name!);
    const expected = Array.from({ length: files }, (_, n) => [`waits ${n}`, `fails ${n}`, `rests ${n}`]).flat();
    expect(told.toSorted()).toEqual(expected.toSorted());
    expect(xml).toContain(`tests="${3 * files}" failures="${files}" errors="0" skipped="${files}"`);
    let again = 0;
    for await (const { status, trials } of bed.client.tasks()) {
      expect(status).toBe("failed");
      again += trials.total - 1;
    }
    expect(again).toBeGreaterThan(0);
    // A file that was lost with its worker began again; one that was reported did not.
    expect(bed.journal.of("begin").length).toBeLessThanOrEqual(files + again);
  });
}, 90_000);
