import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process of a measurement. */
export interface Role {
  readonly child: ChildProcess;
  /** The first line that it printed: it is ready. */
  readonly line: string;
  /** CPU seconds so far, from the kernel's accounting; its threads included, its children not. */
  cpuSeconds(): number;
  /** Its resident memory in bytes. */
  memoryBytes(): number;
  stop(): Promise<void>;
}

const scripts = {
  engine: new URL("./role-engine.js", import.meta.url),
  worker: new URL("./role-worker.js", import.meta.url),
} as const;

/** Starts a role and waits for its first line. */
export async function startRole(name: "engine" | "worker", args: readonly string[]): Promise<Role> {
  const script = fileURLToPath(scripts[name]);
  const flags =
    process.env["BENCH_PROF"] === name ? ["--cpu-prof", `--cpu-prof-dir=${process.env["BENCH_PROF_DIR"] ?? "."}`] : [];
  const extra = (process.env["BENCH_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
  const child = spawn(process.execPath, [...extra, ...flags, script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the ${name} ended with ${code}`)));
  });
  const { pid } = child;
  return {
    child,
    line,
    cpuSeconds: () => cpuSecondsOf(pid!),
    memoryBytes: () => memoryBytesOf(pid!),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
}

const ticksPerSecond = 100;

/** CPU seconds of a process so far, and of its ended children where they count. */
export function cpuSecondsOf(pid: number, withChildren = false): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, withChildren ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

function memoryBytesOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((text) => text.startsWith("VmRSS:"));
  return Number(line?.split(/\s+/)[1] ?? 0) * 1024;
}
