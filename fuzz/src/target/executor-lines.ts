import fc from "fast-check";
import {
  LineError,
  LineReader,
  readFromExecutor,
  makeReport,
  encodeReport,
  type FromExecutor,
  type ResultMessage,
} from "@capstan/worker/decoder";
import { decodeWorkerFrame, type GrantMessage } from "@capstan/protocol";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds } from "../generate/seeds.js";
import { bytesOf } from "../input/byte-string.js";
import { same } from "../invariant/same.js";
import { lineSeeds, pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";

const trial = `trial_${"0".repeat(22)}_1`;
const error = fc.record(
  { message: anyText, name: anyText, code: anyText, stack: anyText, isRetryable: fc.boolean() },
  { requiredKeys: ["message"] },
);
const message = fc.oneof(
  fc.record({
    type: fc.constant("ready"),
    trials: fc.nat(),
    definitions: fc.array(anyText, { maxLength: 2 }),
    closeMs: fc.double(),
  }),
  fc.record({ type: fc.constant("preparing"), trial: fc.constant(trial), limitMs: fc.double() }),
  fc.record({ type: fc.constant("prepared"), trial: fc.constant(trial) }),
  fc.record({ type: fc.constant("failed"), error }),
  fc.record({
    type: fc.constant("log"),
    trial: fc.constant(trial),
    stream: fc.constantFrom("stdout", "stderr"),
    text: anyText,
  }),
  fc.record({ type: fc.constant("progress"), trial: fc.constant(trial), fraction: fc.double(), note: anyText }),
  fc.record({
    type: fc.constant("result"),
    trial: fc.constant(trial),
    status: fc.constantFrom("succeeded", "skipped", "failed"),
    output: anyJson,
    error,
    counts: fc.dictionary(anyText, fc.integer(), { noNullPrototype: true }),
    cpuMs: fc.double(),
  }),
  fc.record({ type: fc.constant("exiting"), error }),
);
const grant = { trial, token: "1.1.1.mac", task: `task_${"0".repeat(22)}` } as unknown as GrantMessage;
const lineBytesMax = 2_048;

/**
 * JSON lines of executors, written by programs in any language: refused as a broken line, or messages; and whatever a
 * program says of a trial's end becomes a report that every engine takes.
 */
export const executorLines: Target = {
  name: "executor-lines",
  kind: "frame",
  share: 3,
  seeds: lineSeeds(fc.oneof(jsonSeeds(message), jsonSeeds(fc.array(message, { maxLength: 3 })))),
  words: ["\n", '"type":"result"', `"trial":"${trial}"`, '"status":"failed"', '"error":{"message":""}', '"counts":{'],
  open: stateless((input) => {
    const bytes = bytesOf(input);
    const whole = read([bytes]);
    const cut = read(pieces(bytes));
    same(cut, whole, "what comes in pieces");
    for (const one of whole) if (one.type === "result") checkReport(one);
  }),
};

function read(parts: readonly Buffer[]): FromExecutor[] {
  const messages: FromExecutor[] = [];
  const reader = new LineReader(lineBytesMax, (one) => messages.push(readFromExecutor(one)));
  try {
    for (const part of parts) reader.push(part);
  } catch (thrown) {
    if (!(thrown instanceof LineError)) throw thrown;
  }
  return messages;
}

function checkReport({ status, output, error: fault, counts, cpuMs }: ResultMessage): void {
  const report = makeReport(grant, {
    status,
    output,
    ...(fault === undefined ? {} : { error: fault }),
    ...(counts === undefined ? {} : { counts }),
    ...(cpuMs === undefined ? {} : { usage: { cpuMs } }),
    timings: { startedMs: 0, durationMs: cpuMs ?? 1 },
    began: true,
    alone: true,
  });
  const text = encodeReport(report, cpuMs);
  same(decodeWorkerFrame(`[${text}]`), [JSON.parse(text)], "the report");
}
