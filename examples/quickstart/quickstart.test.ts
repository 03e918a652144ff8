import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";

const run = promisify(execFile);
const main = fileURLToPath(new URL("./main.js", import.meta.url));

test("every verdict is the expected one, and nothing is left behind", { timeout: 90_000 }, async () => {
  await withFolder(async (folder) => {
    const env = { ...process.env, TMPDIR: folder };
    const { stdout } = await run(process.execPath, [main, "--files", "2"], { env, timeout: 85_000 });
    expect(stdout).toMatch(/All \d+ verdicts are as expected/);
    for (const row of [
      /✓ +crashes +failed \(error\) +failed +2 +error/,
      /✓ +blocks +failed \(timeout\) +failed +1 +timeout/,
      /✓ +floods +succeeded +succeeded +1/,
      /✓ +recovers +succeeded +succeeded, flaky +2/,
    ])
      expect(stdout).toMatch(row);
    expect((await readdir(folder)).filter((name) => name.startsWith("capstan-quickstart-"))).toEqual([]);
  });
});

test("it can be stopped at any time", { timeout: 60_000 }, async () => {
  await withFolder(async (folder) => {
    const temporary = join(folder, "temporary");
    await mkdir(temporary);
    const child = spawn(process.execPath, [main, "--files", "2"], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8");
    for await (const text of child.stdout) {
      // Engine and workers run by then.
      if (String(text).includes("workers ")) child.kill("SIGINT");
    }
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(130);
    expect((await readdir(temporary)).filter((name) => name.startsWith("capstan-quickstart-"))).toEqual([]);
  });
});
