// A program in Python that stays up and runs one task after another: see docs/persistent-executors.md.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { openCapstan } from "capstan";

const capstan = await openCapstan({ folder: process.argv[2] ?? ".capstan", slots: 2 });

// The program is at the sources; this module is what was compiled from them.
const program = await readFile(new URL("../../python-executor/executor.py", import.meta.url));
const digest = `sha256:${createHash("sha256").update(program).digest("hex")}`;
const { id } = await capstan.plugins.deploy(
  {
    manifestVersion: 1,
    plugin: "text",
    version: "1.0.0",
    runtime: "command",
    command: ["python3", "executor.py"],
    files: [{ path: "executor.py", digest, bytes: program.byteLength }],
    definitions: [{ name: "title", input: { type: "string" }, output: { type: "object" } }],
  },
  async () => program,
);
console.log("deployed", id.slice(0, 4));

const titles = ["the cat", "a long way", "on foot"];
const tasks = await capstan.launchMany("text/title", titles);
for (const task of tasks) console.log(JSON.stringify(await task.result()));

const { lastTrial } = await tasks[0]!.outcome();
console.log("it printed:", (await capstan.logText(lastTrial!.id)).trim());
await capstan.close();
