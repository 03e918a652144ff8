/**
 * The child's end of file descriptor 3. Messages are written at once and synchronously: what a task said before it
 * blocked, exited or crashed has been said.
 */
import { writeSync } from "node:fs";
import type { FromExecutor } from "../process/message.js";

const controlFile = 3;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Sends one message; waits while the worker is too slow to read. */
export function send(message: FromExecutor): void {
  sendLine(JSON.stringify(message));
}

/** Sends one message that has been serialised already. */
export function sendLine(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += writeSync(controlFile, bytes, sent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EAGAIN") process.reallyExit(1); // The worker is gone.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

declare global {
  namespace NodeJS {
    interface Process {
      /** Ends the process without running exit handlers. */
      reallyExit(code?: number): never;
    }
  }
}
