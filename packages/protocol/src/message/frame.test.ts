import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CapstanError } from "../error/capstan-error.js";
import { limits } from "../limit.js";
import { EngineMessage } from "./engine-message.js";
import { decodeEngineFrame, decodeWorkerFrame } from "./frame.js";
import { WorkerMessage } from "./worker-message.js";

const violation = expect.objectContaining({ code: "protocol-violation" }) as CapstanError;
const accept = { type: "accept", offer: 1 };

describe("a frame", () => {
  it("is taken whole or not at all", () => {
    expect(decodeWorkerFrame(JSON.stringify([accept, accept]))).toEqual([accept, accept]);
    expect(decodeWorkerFrame("[]")).toEqual([]);
    expect(() => decodeWorkerFrame(JSON.stringify([accept, { ...accept, more: 1 }]))).toThrow(violation);
  });

  it("is refused by code, whatever it is, or is what its schemas say", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        fc.constantFrom(decodeWorkerFrame, decodeEngineFrame),
        (text, decode) => {
          try {
            expect(Array.isArray(decode(text))).toBe(true);
          } catch (error) {
            expect(error).toEqual(violation);
          }
        },
      ),
    );
  });

  it("has a largest size and number of messages", () => {
    const many = (count: number): string => JSON.stringify(Array.from({ length: count }, () => accept));
    expect(decodeWorkerFrame(many(limits.frameMessagesMax))).toHaveLength(limits.frameMessagesMax);
    expect(() => decodeWorkerFrame(many(limits.frameMessagesMax + 1))).toThrow(violation);
    expect(() => decodeWorkerFrame(`[${" ".repeat(limits.frameBytesMax)}]`)).toThrow(violation);
  });

  it("is refused with a message of bounded length, whatever its fields are called", () => {
    const long = "x".repeat(100_000);
    for (const message of [
      { ...accept, [long]: 1 },
      { type: "heartbeat", sequence: 1, statistics: { [long]: 1 } },
      { type: long },
    ]) {
      const text = JSON.stringify([message]);
      expect(() => decodeWorkerFrame(text)).toThrow(violation);
      expect(() => decodeWorkerFrame(text)).toThrow(/^.{20,600}$/);
    }
  });

  it("is refused when it is nested too deep to be written again", () => {
    const log = {
      type: "log",
      trial: `trial_${"0".repeat(22)}_1`,
      stream: "stdout",
      sequence: 1,
      text: "[".repeat(300),
    };
    expect(decodeWorkerFrame(JSON.stringify([log]))).toEqual([log]);
    const report = {
      type: "result",
      trial: log.trial,
      token: "1.1.1.mac",
      status: "succeeded",
      timings: { durationMs: 1 },
      hasBegun: true,
    };
    const frame = (depth: number): string =>
      JSON.stringify([{ ...report, output: "deep" }]).replace('"deep"', "[".repeat(depth) + "]".repeat(depth));
    expect(decodeWorkerFrame(frame(limits.jsonDepthMax))).toHaveLength(1);
    expect(() => decodeWorkerFrame(frame(5_000))).toThrow(violation);
  });

  it("carries durations and never instants", () => {
    const fields = JSON.stringify([WorkerMessage, EngineMessage]).match(/"\w+":/g) ?? [];
    expect(fields.filter((name) => /AtMs":$|[Ii]nstant|[Tt]imestamp/.test(name))).toEqual([]);
    expect(fields).toContain('"leaseMs":');
  });
});
