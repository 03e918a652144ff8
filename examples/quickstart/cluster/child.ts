import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the cluster. */
export interface Child {
  /** What it said when it was ready. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  /** Rejects when it ends before it was asked to. */
  readonly ended: Promise<never>;
  close(): Promise<void>;
}

const closeMs = 8_000;

/** Starts a module as a process of its own. */
export function startChild(name: string, module: URL, args: readonly string[]): Child {
  const child = fork(fileURLToPath(module), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const exit = once(child, "exit");
  const ended = exit.then(([code, signal]: unknown[]): never => {
    throw new Error(`the ${name} ended by itself (${String(signal ?? code)})`);
  });
  const ready = Promise.race([once(child, "message").then(([facts]) => facts as Record<string, unknown>), ended]);
  // Who does not wait for them is not told.
  for (const promise of [ended, ready]) promise.catch(() => {});
  return { ready, ended, close: () => end(child, exit) };
}

async function end(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (child.connected) child.send("close");
  const timer = setTimeout(() => child.kill("SIGKILL"), closeMs);
  await exit;
  clearTimeout(timer);
}
