import { spawn } from "node:child_process";
import type { GroupListener, ProcessGroup, ProcessGroupSpawner, SpawnOrder } from "../spawner/process-group-spawner.js";

/** Starts real process groups without a spawner process between, and tells when something has happened. */
export class ProcessGroupHost implements ProcessGroupSpawner {
  readonly #waiting = new Set<() => void>();
  #output = "";

  spawn({ command, cwd, env }: SpawnOrder, listener: GroupListener): ProcessGroup {
    const child = spawn(command[0]!, command.slice(1), { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (bytes: Buffer) => {
        this.#output += bytes.toString("utf8");
        listener.output(stream, bytes);
        this.changed();
      });
    }
    child.on("close", (code, signal) => {
      listener.ended({ code, signal });
      this.changed();
    });
    const send = (signal: NodeJS.Signals): void => void process.kill(-child.pid!, signal);
    return {
      pid: child.pid,
      signal: send,
      kill: () => send("SIGKILL"),
      limitMemory: () => {},
      guard: () => {},
      unguard: () => {},
      pauseOutput: () => {},
      keepOrphans: () => {},
      killOrphans: () => {},
    };
  }

  changed(): void {
    // What follows from it in the same turn has happened then.
    setImmediate(() => {
      for (const check of this.#waiting) check();
    });
  }

  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => this.changed(), 20);
      const check = (): void => {
        if (!condition()) return;
        clearInterval(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  untilOutput(text: string): Promise<void> {
    return this.until(() => this.#output.includes(text));
  }
}
