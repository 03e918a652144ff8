import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bin, useBed } from "../engine.test.support.js";
import { Script } from "@capstan/testkit";
import { verbs } from "./registry.js";

const bed = useBed();
const command = '{"command":"echo out"}';

async function launch(...more: string[]): Promise<string> {
  const { code, stdout } = await bed.call(["launch", "command/run", command, ...more]);
  expect(code).toBe(0);
  return stdout.trim();
}

async function finished(): Promise<string> {
  const id = await launch();
  await bed.call(["wait", id]);
  return id;
}

async function taskset(name: string): Promise<string> {
  const lines = `${command}\n${command}\n`;
  const argv = ["launch", "command/run", "--stdin", "--name", name, "--json"];
  const { json } = await bed.call(argv, { stdin: lines });
  return json[0]!["taskset"] as string;
}

async function pluginFolder(): Promise<string> {
  const folder = join(bed.folder, "greeter");
  await mkdir(folder, { recursive: true });
  const greet =
    'export default { kind: "capstan.plugin", name: "greeter", definitions: [{ name: "greet", run: () => 1 }] };';
  await writeFile(
    join(folder, "package.json"),
    '{"name":"greeter","version":"1.0.0","type":"module","main":"index.js"}',
  );
  await writeFile(join(folder, "index.js"), greet);
  return folder;
}

async function suiteFolder(): Promise<string> {
  const folder = join(bed.folder, "suite");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "a.test.mjs"), 'import { test } from "node:test";\ntest("holds", () => {});\n');
  return folder;
}

/** One of its files fails after the other, while the mark is there that it leaves. */
async function orderedFolder(): Promise<string> {
  const folder = join(bed.folder, "ordered");
  await mkdir(folder, { recursive: true });
  const head = 'import { test } from "node:test";\nimport { existsSync, writeFileSync } from "node:fs";\n';
  await writeFile(join(folder, "a.test.mjs"), `${head}test("leaves", () => writeFileSync("mark", ""));\n`);
  await writeFile(join(folder, "b.test.mjs"), `${head}test("fails", () => { if (existsSync("mark")) throw 1; });\n`);
  return folder;
}

/** Runs a command that fails at first; gives the class. */
async function flakySuite(): Promise<string> {
  const line = `test -e ${bed.folder}/seen || { touch ${bed.folder}/seen; exit 1; }`;
  const flags = ["--name", "flaky", "--profile", "test", "--max-trials", "2"];
  await bed.call(["run", ...flags, "--", line]);
  return "flaky";
}

/** A store that nobody has, and a folder for its copy. */
async function storePlaces(): Promise<string[]> {
  const [from, to] = [join(bed.folder, "store"), join(bed.folder, "copy")];
  const { openSqliteStore } = await import("@capstan/store");
  const store = openSqliteStore({ folder: from, thread: false });
  await store.open(0);
  await store.close(true);
  return ["--from", from, "--to", to];
}

/** How each verb is called, after what it acts upon was made. */
const calls: Record<string, () => Promise<readonly string[]>> = {
  store: async () => ["copy", ...(await storePlaces())],
  run: async () => ["--name", "json", "--each", "1", "2", "--", "true"],
  test: async () => ["--adapter", "node-test", "--root", await suiteFolder()],
  grind: async () => ["a.test.mjs", "-n", "2", "--adapter", "node-test", "--root", await suiteFolder()],
  bisect: async () => {
    const flags = ["--adapter", "node-test", "-j", "1", "--before-all", "rm -f mark"];
    return ["b.test.mjs", ...flags, "--root", await orderedFolder()];
  },
  launch: async () => ["command/run", command],
  deploy: async () => [await pluginFolder()],
  wait: async () => [await launch()],
  show: async () => [await finished()],
  logs: async () => [await finished()],
  tasks: async () => [],
  tasksets: async () => [],
  trials: async () => [await finished()],
  flaky: async () => [await flakySuite()],
  muted: async () => {
    await bed.call(["mute", "b.test.mjs", "--class", "json"]);
    return ["json"];
  },
  workers: async () => [],
  plugins: async () => [],
  events: async () => ["--after", "0-0-0"],
  status: async () => [],
  cancel: async () => [await launch("--delay", "1h")],
  pause: async () => [await taskset("paused")],
  resume: async () => {
    const id = await taskset("resumed");
    await bed.call(["pause", id]);
    return [id];
  },
  rerun: async () => [await finished()],
  drain: async () => ["local"],
  quarantine: async () => ["local", "--plugin", "greeter", "--reason", "test"],
  mute: async () => ["a.test.mjs", "a.test.mjs::holds", "--class", "json", "--reason", "test"],
  unmute: async () => ["a.test.mjs", "--class", "json"],
  lift: async () => ["local", "--plugin", "greeter"],
};

/** They run until they are stopped: their tests start them as processes, with --json too. */
const services = new Set(["up", "engine", "worker"]);

describe("--json", () => {
  test.each(verbs.map(({ name }) => name).filter((name) => !services.has(name)))(
    "makes of %s nothing but JSON lines",
    async (verb) => {
      const make = calls[verb];
      expect(make, `the call of ${verb}`).toBeDefined();
      const { code, json, stderr } = await bed.call([verb, "--json", ...(await make!())]);
      const errors = stderr.split("\n").filter((line) => line !== "");
      for (const line of errors) expect(JSON.parse(line)).toBeTypeOf("object");
      if (verb !== "events") expect({ code, stderr }).toMatchObject({ code: 0 });
      for (const line of json) expect(line).toBeTypeOf("object");
      expect(json.length + errors.length).toBeGreaterThan(0);
      if (verb === "drain") await bed.call(["drain", "local", "--undo"]);
    },
  );
});

describe("logs -f", () => {
  test("shows output while the command still runs, and ends with it", async () => {
    const gate = join(bed.folder, "gate");
    const line = `echo first; while [ ! -e ${gate} ]; do sleep 0.02; done; echo last`;
    const { stdout } = await bed.call(["launch", "command/run", JSON.stringify({ command: line })]);
    const logs = await Script.start(bin, { args: ["logs", stdout.trim(), "-f"], env: bed.env, cwd: bed.folder });
    await logs.waitForLine("first", 20_000);
    expect(logs.lines).toEqual(["first"]);
    await writeFile(gate, "");
    expect(await logs.exited).toEqual({ code: 0, signal: null });
    expect(logs.lines).toEqual(["first", "last"]);
  }, 60_000);
});
