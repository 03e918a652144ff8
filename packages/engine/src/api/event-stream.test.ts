import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventView } from "@capstan/protocol";
import { systemClock, type Clock } from "@capstan/protocol";
import { problemOf, serve, type Served } from "./peer.test.support.js";

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** Reads server-sent events as they come. */
class EventReader {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #frames: Frame[] = [];
  #text = "";

  constructor(answer: Response) {
    this.#body = (answer.body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** The next frame; undefined when the stream has ended. */
  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0) {
      const { done, value } = await this.#body.next();
      if (done === true) return undefined;
      const blocks = (this.#text + Buffer.from(value).toString()).split("\n\n");
      this.#text = blocks.pop()!;
      this.#frames.push(...blocks.map(parseFrame));
    }
    return this.#frames.shift();
  }

  /** The next frame with data, as an event. */
  async nextEvent(): Promise<EventView> {
    for (;;) {
      const frame = await this.next();
      if (frame === undefined) throw new Error("the stream has ended");
      if (frame.data !== undefined) return JSON.parse(frame.data) as EventView;
    }
  }

  close(): Promise<unknown> {
    return this.#body.return!();
  }
}

function parseFrame(block: string): Frame {
  const fields = block.split("\n").map((line) => {
    const colon = line.indexOf(":");
    return [colon === 0 ? "comment" : line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return Object.fromEntries(fields) as Frame;
}

let served: Served;
const timers: (() => void)[] = [];
let onTimer: (() => void) | undefined;
/** Timers fire when the test says so; `onTimer` hears when one is set. */
const clock: Clock = {
  ...systemClock,
  setTimer(_delayMs, callback) {
    timers.push(callback);
    onTimer?.();
    return { cancel: () => void timers.splice(timers.indexOf(callback), 1) };
  },
};

beforeEach(async () => {
  timers.length = 0;
  served = await serve();
});
afterEach(() => served.api.close());

async function follow(query = "", headers: Record<string, string> = {}): Promise<EventReader> {
  const answer = await fetch(`${served.base}/events${query}`, { headers });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  return new EventReader(answer);
}

describe("events", () => {
  it("come as they are committed, each with its cursor as id", async () => {
    const reader = await follow();
    expect(await reader.next()).toEqual({ retry: "1000", id: "7-0-0" });
    served.operations.publish("task.queued", { task: "task_1" });
    const frame = await reader.next();
    expect(frame!.id).toBe("7-1-0");
    expect(JSON.parse(frame!.data!)).toEqual({
      cursor: "7-1-0",
      type: "task.queued",
      task: "task_1",
      atMs: expect.any(Number),
    });
    await reader.close();
  });

  it("resume after the last event that was seen, without gap or double", async () => {
    const first = await follow();
    for (const task of ["a", "b", "c", "d"]) served.operations.publish("task.queued", { task });
    const seen = [await first.nextEvent(), await first.nextEvent()];
    await first.close();
    const second = await follow("", { "last-event-id": seen[1]!.cursor });
    seen.push(await second.nextEvent(), await second.nextEvent());
    expect(seen.map(({ task }) => task)).toEqual(["a", "b", "c", "d"]);
    await second.close();
    const third = await follow(`?after=${seen[2]!.cursor}`);
    expect((await third.nextEvent()).task).toBe("d");
    await third.close();
  });

  it("pass filters by taskset, task and type", async () => {
    const reader = await follow("?taskset=s1&types=task.,taskset.succeeded");
    served.operations.publish("task.queued", { taskset: "s2" });
    served.operations.publish("trial.granted", { taskset: "s1" });
    served.operations.publish("task.failed", { taskset: "s1" });
    served.operations.publish("taskset.succeeded", { taskset: "s1" });
    expect([(await reader.nextEvent()).type, (await reader.nextEvent()).type]).toEqual([
      "task.failed",
      "taskset.succeeded",
    ]);
    await reader.close();
  });

  it("are refused after a cursor that is unknown or too old", async () => {
    for (let at = 0; at < 1_100; at += 1) served.operations.publish("task.queued");
    const refusals = [];
    for (const cursor of ["nonsense", "7-99999-0", "8-1-0", "7-5-0", "6-1-0"]) {
      refusals.push((await problemOf(await fetch(`${served.base}/events?after=${cursor}`))).code);
    }
    expect(refusals).toEqual([
      "invalid-cursor",
      "invalid-cursor",
      "invalid-cursor",
      "cursor-expired",
      "cursor-expired",
    ]);
  });

  it("say where they are when none pass for 15 s", async () => {
    await served.api.close();
    served = await serve({ clock });
    let toCome = 2;
    const isWaitingAgain = new Promise<void>((resolve) => {
      onTimer = () => (toCome -= 1) === 0 && resolve();
    });
    const reader = await follow("?types=worker.");
    await reader.next();
    served.operations.publish("task.queued");
    await isWaitingAgain;
    expect(timers).toHaveLength(1);
    timers[0]!();
    expect(await reader.next()).toEqual({ comment: "heartbeat", id: "7-1-0" });
    await reader.close();
  });

  it("end when the API closes", async () => {
    const reader = await follow();
    await reader.next();
    await served.api.close();
    expect(await reader.next()).toBeUndefined();
  });

  it("cost a bounded memory for a reader that does not read, who is told that he has missed some", async () => {
    const socket = connect(served.port, "127.0.0.1");
    socket.write("GET /v1/namespaces/default/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    // More than sockets buffer: 10 MB in events of 10 KB, of which the ring keeps 1,000.
    const note = "x".repeat(10_000);
    for (let at = 0; at < 1_000; at += 1) {
      served.operations.publish("task.progress", { task: note });
      if (at % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let at = 0; at < 1_500; at += 1) served.operations.publish("task.queued");
    let text = "";
    socket.on("data", (piece: Buffer) => (text = (text + piece.toString()).slice(-2_000)));
    socket.resume();
    await expect.poll(() => text, { timeout: 5_000 }).toContain("event: problem");
    expect(text).toContain('"code":"cursor-expired"');
    socket.destroy();
  });
});
