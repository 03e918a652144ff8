import { decodeEngineFrame, type Connection, type EngineMessage } from "@capstan/protocol";
import { describe, expect, it } from "vitest";
import { FrameWriter } from "./frame-writer.js";

function open(): { writer: FrameWriter; frames: string[] } {
  const frames: string[] = [];
  const connection: Connection = {
    send: (frame) => void frames.push(frame),
    bufferedBytes: 0,
    close: () => {},
    onFrame: () => {},
    onClose: () => {},
  };
  const writer = new FrameWriter(connection);
  writer.isHeld = false;
  return { writer, frames };
}

const revoke = (offer: number): EngineMessage => ({ type: "revoke", offer });

describe("what goes to a worker in a turn", () => {
  it("is one frame", () => {
    const { writer, frames } = open();
    writer.push(revoke(1));
    writer.push(revoke(2));
    writer.flush();
    writer.flush();
    expect(frames.map((frame) => decodeEngineFrame(frame))).toEqual([[revoke(1), revoke(2)]]);
  });

  it("is a few frames, in order, when a worker would refuse one as too large", () => {
    const { writer, frames } = open();
    const many = Array.from({ length: 12_000 }, (_, at) => revoke(at + 1));
    for (const message of many) writer.push(message);
    const large = Array.from(
      { length: 40 },
      (_, at) => ({ type: "drain", reason: `${at} ${"x".repeat(1_000_000)}` }) as const,
    );
    for (const message of large) writer.push(message);
    writer.flush();
    expect(frames.flatMap((frame) => decodeEngineFrame(frame))).toEqual([...many, ...large]);
    expect(frames.length).toBeLessThan(20);
  });
});
