/**
 * The spawner process: a small program, so that its forks are cheap, and the parent of every executor.
 *
 * It lives as long as its worker's pipe is open. When the pipe closes without a word, the worker has died: every group
 * is killed at once, then the engine is told. Signals meant for the worker's terminal or service do not end it.
 */
import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { LineReader, LineWriter } from "./json-lines.js";
import type { SpawnerSetup, ToSpawner } from "./message.js";
import { SpawnerProcess } from "./spawner-process.js";

/** The worker is trusted; the bound only keeps a broken stream from filling the memory. */
const lineBytesMax = 256 * 1024 * 1024;

process.title = "capstan-spawner";
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE"] as const) process.on(signal, () => undefined);

const link = new Socket({ fd: 3, readable: true, writable: true });
const writer = new LineWriter((line) => link.write(line));
let setup: SpawnerSetup | undefined;
let server: SpawnerProcess | undefined;
let isEnded = false;

async function end(isReported: boolean): Promise<void> {
  if (isEnded) return;
  isEnded = true;
  await server?.end(isReported);
  if (setup) rmSync(setup.directory, { recursive: true, force: true });
  process.exit(0);
}

const reader = new LineReader(lineBytesMax, (message) => {
  if (!server) {
    setup = message as SpawnerSetup;
    server = new SpawnerProcess(setup, (answer) => writer.send(answer));
    writer.send({ is: "ready" });
    return;
  }
  const order = message as ToSpawner;
  if (order.do === "close") void end(false);
  else server.receive(order);
});

link.on("data", (bytes: Buffer) => reader.push(bytes));
link.on("error", () => undefined);
link.on("close", () => void end(true));
