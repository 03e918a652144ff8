import { PassThrough, Readable } from "node:stream";
import { main } from "./main.js";
import type { EndSignal, Io, Sink } from "./io/io.js";

export interface CallOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether stdout and stderr are terminals; default false. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** Called with all that stdout holds, whenever there is more. */
  readonly onStdout?: (text: string, signal: (name: EndSignal) => void) => void;
  /** The same of stderr. */
  readonly onStderr?: (text: string, signal: (name: EndSignal) => void) => void;
}

export interface CallResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What stdout holds as JSON lines. */
  readonly json: readonly Record<string, unknown>[];
}

/** Calls the command line in this process. */
export async function call(argv: readonly string[], options: CallOptions = {}): Promise<CallResult> {
  const listeners = new Set<(signal: EndSignal) => void>();
  const signal = (name: EndSignal): void => {
    for (const listener of listeners) listener(name);
  };
  const stdout = makeSink(options, (text) => options.onStdout?.(text, signal));
  const stderr = makeSink(options, (text) => options.onStderr?.(text, signal));
  const io: Io = {
    stdin: options.stdin === undefined ? new PassThrough().end() : Readable.from([options.stdin]),
    stdout: stdout.sink,
    stderr: stderr.sink,
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    exit: (code) => {
      throw new Error(`left with ${code}`);
    },
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const code = await main(argv, io);
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    get json() {
      return stdout
        .text()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

function makeSink(
  { isTerminal = false, columns }: CallOptions,
  onText?: (text: string) => void,
): { sink: Sink; text: () => string } {
  let all = "";
  const sink: Sink = {
    isTTY: isTerminal,
    columns,
    rows: 24,
    write(text, callback) {
      all += text;
      onText?.(all);
      callback?.();
      return true;
    },
    once: () => undefined,
    on: () => undefined,
  };
  return { sink, text: () => all };
}
