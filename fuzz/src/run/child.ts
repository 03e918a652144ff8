import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Word } from "./message.js";

const entry = fileURLToPath(new URL("./role.js", import.meta.url));
/** A process that says nothing for so long hangs in an input: on a busy machine it may take a minute to begin. */
const silenceMs = 180_000;

export interface ChildOptions {
  readonly order: Order;
  readonly hear: (word: Word) => void;
  readonly signal: AbortSignal;
}

/** Feeds a target in a process of its own; gives why it ended, when that was not as it should. */
export async function feedInChild({ order, hear, signal }: ChildOptions): Promise<string | undefined> {
  const flags = order.does === "grow" ? ["--no-opt"] : [];
  const child = fork(entry, [], {
    execArgv: [...flags, "--expose-gc", "--max-old-space-size=1024", "--enable-source-maps"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
  });
  const stop = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    child.send(order);
    return await endOf(child, hear);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function endOf(child: ChildProcess, hear: (word: Word) => void): Promise<string | undefined> {
  let said = "";
  let isDone = false;
  let isHung = false;
  const watch = setTimeout(() => {
    isHung = true;
    child.kill("SIGKILL");
  }, silenceMs);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4_000)));
  child.on("message", (word: Word) => {
    watch.refresh();
    isDone ||= word.is === "driven" || word.is === "grown";
    hear(word);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killed) => {
      clearTimeout(watch);
      if (isDone && code === 0) return resolve(undefined);
      resolve(
        isHung
          ? `said nothing for ${silenceMs / 1_000} s: an input hangs it`
          : `died (${killed ?? code}): ${said.trim()}`,
      );
    });
  });
}
