import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ExecuteOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Execution {
  readonly code: number | null;
  /** The end of what it wrote. */
  readonly tail: string;
}

const tailCharacters = 4_000;

/** Runs a program to its end, whatever that is; one that takes too long is killed. */
export async function execute(argv: readonly string[], options: ExecuteOptions): Promise<Execution> {
  const { cwd, env, timeoutMs = 1_800_000 } = options;
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let tail = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (tail = (tail + text).slice(-tailCharacters)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, tail };
}

/** The same, of a program that must succeed. @throws Error with what it wrote last. */
export async function mustExecute(argv: readonly string[], options: ExecuteOptions): Promise<void> {
  const { code, tail } = await execute(argv, options);
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(" ")} ended with ${code ?? "a signal"}: ${tail.trim()}`);
}
