/**
 * Attributes what is printed in this process to the trial whose code printed it.
 *
 * Writes to `process.stdout` and `process.stderr` (and so the console) are caught and looked up in the asynchronous
 * context. What has no context belongs to the only trial that runs. The rest, and what bypasses the streams (native
 * code, child processes, `fs.writeSync`), goes into the real pipe, where the worker decides.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isUtf8 } from "node:buffer";
import type { OutputStream } from "../executor.js";
import { send } from "./channel.js";

/** What attribution needs of a trial. */
export interface Attributable {
  readonly trial: string;
}

const context = new AsyncLocalStorage<Attributable>();
const running = new Map<string, Attributable>();

/** Runs code so that what it prints, now or later, belongs to the trial. */
export function runAttributed<T>(trial: Attributable, code: () => T): T {
  running.set(trial.trial, trial);
  return context.run(trial, code);
}

/** The trial has ended; what its code still prints belongs to nobody. */
export function endAttribution(trial: Attributable): void {
  running.delete(trial.trial);
}

/** Trials that run in this process. */
export function runningTrials(): number {
  return running.size;
}

/** The trial to which the code that runs now belongs, if that can be known. */
export function currentTrial(): Attributable | undefined {
  const known = context.getStore();
  if (known && running.has(known.trial)) return known;
  if (running.size !== 1) return undefined;
  for (const sole of running.values()) return sole;
  return undefined;
}

/** Longest piece of output in one message. */
const pieceMax = 256 * 1024;

/** Sends output of a trial. */
export function sendOutput(trial: string, stream: OutputStream, chunk: string | Uint8Array): void {
  for (let start = 0; start < chunk.length; start += pieceMax) {
    const piece = chunk.length <= pieceMax ? chunk : chunk.slice(start, start + pieceMax);
    if (typeof piece === "string") send({ type: "log", trial, stream, text: piece });
    else if (isUtf8(piece)) send({ type: "log", trial, stream, text: Buffer.from(piece).toString("utf8") });
    else send({ type: "log", trial, stream, base64: Buffer.from(piece).toString("base64") });
  }
}

type WriteCallback = (error?: Error | null) => void;

/** Catches what is written to a stream of the process. */
export function catchOutput(stream: OutputStream): void {
  const target = process[stream];
  const write = target.write.bind(target) as (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;
  const caught = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const trial = currentTrial();
    if (!trial || (typeof chunk !== "string" && !(chunk instanceof Uint8Array))) return write(chunk, ...rest);
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
    const isText = typeof chunk === "string" && /^utf-?8$/i.test(encoding);
    sendOutput(trial.trial, stream, typeof chunk === "string" && !isText ? Buffer.from(chunk, encoding) : chunk);
    const called = rest.find((argument): argument is WriteCallback => typeof argument === "function");
    if (called) process.nextTick(called);
    return true;
  };
  target.write = caught;
}
