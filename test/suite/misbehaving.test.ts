import { execFile, execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

const bin = fileURLToPath(new URL("../../../packages/capstan/bin/capstan.js", import.meta.url));
/** `CAPSTAN_FLOOD_MIB=1024` prints a gigabyte. */
const floodMebibytes = Number(process.env["CAPSTAN_FLOOD_MIB"] ?? 100);

interface Framework {
  readonly adapter: string;
  readonly isolation: "--isolate" | "--no-isolate";
  readonly suffix: string;
  /** By what they do, a file each. */
  readonly bad: Readonly<Record<string, string>>;
  /** A good file, which sees nothing of the one before it; what that has left as a daemon is gone. */
  readonly good: string;
  /** How the bad ones end. */
  readonly ends: Readonly<Record<string, string>>;
}

const mocha: Framework = {
  adapter: "mocha",
  isolation: "--isolate",
  suffix: ".test.cjs",
  bad: {
    daemon: `const { spawn } = require("child_process");
it("x", () => { const daemon = spawn("sleep", ["300"], { detached: true, stdio: "ignore" }); daemon.unref(); require("fs").writeFileSync("daemon.pid", String(daemon.pid)); });`,
    flood: `const line = "x".repeat(1048575) + "\\n";
it("x", async function () { this.timeout(0); for (let n = 0; n < FLOOD; n += 1) await new Promise((done) => process.stdout.write(line, done)); });`,
    hang: `it("x", () => { for (;;); });`,
    memory: `it("x", () => { const held = []; for (;;) held.push(Buffer.alloc(8388608, 1)); });`,
    segv: `it("x", () => { process.kill(process.pid, "SIGSEGV"); for (;;); });`,
  },
  good: `const { existsSync, readFileSync } = require("fs");
const lives = (pid) => { try { return !/\\) Z /.test(readFileSync("/proc/" + pid + "/stat", "utf8")); } catch { return false; } };
it("is clean", async () => {
  if (global.dirt) throw new Error("something is left");
  global.dirt = true;
  while (existsSync("daemon.pid") && lives(readFileSync("daemon.pid", "utf8"))) await new Promise(setImmediate);
});`,
  ends: { daemon: "succeeded", flood: "succeeded", hang: "timeout", memory: "error", segv: "error" },
};

const pytest: Framework = {
  adapter: "pytest",
  isolation: "--isolate",
  suffix: "_test.py",
  bad: {
    daemon: `import subprocess
def test_x():
    daemon = subprocess.Popen(["sleep", "300"], start_new_session=True)
    open("daemon.pid", "w").write(str(daemon.pid))
`,
    flood: `import os
def test_x():
    for n in range(FLOOD):
        data = b"x" * 1048575 + b"\\n"
        while data: data = data[os.write(1, data):]
`,
    hang: `def test_x():
    while True: pass
`,
    memory: `def test_x():
    held = []
    while True: held.append(bytearray(b"x" * 8388608))
`,
    segv: `import os, signal
def test_x(): os.kill(os.getpid(), signal.SIGSEGV)
`,
  },
  good: `import builtins, os
def lives(pid):
    try: return ") Z " not in open(f"/proc/{pid}/stat").read()
    except OSError: return False
def test_is_clean():
    assert not hasattr(builtins, "dirt")
    builtins.dirt = True
    while os.path.exists("daemon.pid") and lives(open("daemon.pid").read()): pass
`,
  ends: { daemon: "succeeded", flood: "succeeded", hang: "timeout", memory: "error", segv: "failed" },
};

/** What runs on in a process of its own stays with a process that runs on. */
const sharedPytest: Framework = {
  ...pytest,
  isolation: "--no-isolate",
  bad: without(pytest.bad),
  ends: without(pytest.ends),
};

function without(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([name]) => name !== "daemon"));
}

/** Bad and good files in turn, in the order of their names. */
async function plantSuite(bed: ProcessBed, { bad, good, suffix }: Framework): Promise<string> {
  const root = join(bed.folder, "suite");
  await mkdir(join(root, "node_modules"), { recursive: true });
  const framework = dirname(createRequire(import.meta.url).resolve("mocha/package.json"));
  await symlink(framework, join(root, "node_modules", "mocha"));
  for (const [name, text] of Object.entries(bad)) {
    await writeFile(join(root, `${name}_1${suffix}`), text.replace("FLOOD", String(floodMebibytes)));
    await writeFile(join(root, `${name}_2${suffix}`), good);
  }
  return root;
}

function runSuite(bed: ProcessBed, root: string, { adapter, suffix, isolation }: Framework): Promise<number> {
  const limits = ["--timeout", "4s", "--memory", "400", "--max-trials", "1"];
  const argv = [bin, "test", `*${suffix}`, "--adapter", adapter, isolation, ...limits];
  const env = { ...process.env, CAPSTAN_URL: bed.url };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd: root, env }, (error) => resolve(Number(error?.code ?? 0)));
  });
}

async function trialsInOrder(bed: ProcessBed): Promise<string[]> {
  const trials: { key: string; status: string; grantedAtMs: number }[] = [];
  for await (const { id, key } of bed.client.tasks())
    for (const { status, grantedAtMs } of await bed.client.task(id).trials())
      trials.push({ key: key!, status, grantedAtMs });
  return trials.toSorted((a, b) => a.grantedAtMs - b.grantedAtMs).map(({ key, status }) => `${key} ${status}`);
}

function hasPytest(): boolean {
  try {
    execFileSync("python3", ["-c", "import pytest"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("files that hang, crash, eat memory, flood or leave daemons", () => {
  test.skipIf(process.platform !== "linux").each([mocha, pytest, sharedPytest])(
    "end by the rules with $adapter $isolation, and the next file on the slot is clean",
    async (framework) => {
      if (framework.adapter === "pytest" && !hasPytest()) return;
      await withBed(async (bed) => {
        await bed.startEngine();
        await bed.startWorker("w", { slots: 1 });
        const root = await plantSuite(bed, framework);
        expect(await runSuite(bed, root, framework)).toBe(1);
        const { suffix } = framework;
        const expected = Object.entries(framework.ends).flatMap(([name, end]) => [
          `${name}_1${suffix} ${end}`,
          `${name}_2${suffix} succeeded`,
        ]);
        expect(await trialsInOrder(bed)).toEqual(expected);
      });
    },
    120_000,
  );
});
