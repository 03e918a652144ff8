import { CapstanError, type TaskView } from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { Connection } from "../connection/connection.js";
import { settingsOf } from "../connection/settings.js";
import { drop, Peer, type Handlers, type PeerRequest } from "../peer.test.support.js";
import { taskId, taskView } from "../view.test.support.js";
import { WaitRoom } from "./wait-room.js";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Answers waits and tells verdicts as an engine does. */
class VerdictBook {
  readonly final = new Set<string>();
  readonly streams = new Recorder<PeerRequest>();
  /** Long polls that are held open. */
  readonly held = new Map<string, (answer: unknown) => void>();

  readonly handlers: Handlers = {
    waitTask: ({ parameters, query }) => {
      const id = parameters["task"] ?? "";
      if (this.final.has(id) || query["waitMs"] === "0") return this.#answer(id);
      return new Promise((resolve) => this.held.set(id, resolve));
    },
    followEvents: (request) => {
      request.raw.response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      this.streams.add(request);
    },
  };

  /** Ends a task; `isTold` false is an event that got lost with its stream. */
  end(id: string, isTold = true): void {
    this.final.add(id);
    this.held.get(id)?.(this.#answer(id));
    const event = { cursor: "c", atMs: 1, type: "task.succeeded", task: id };
    if (isTold) this.streams.items.at(-1)?.raw.response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  #answer(id: string): unknown {
    const isFinal = this.final.has(id);
    return { isFinal, task: taskView(id, { status: isFinal ? "succeeded" : "running" }) };
  }
}

async function withRoom(
  use: (room: WaitRoom, peer: Peer, book: VerdictBook) => Promise<void>,
  handlers: Handlers = {},
) {
  const book = new VerdictBook();
  await Peer.use({ ...book.handlers, ...handlers }, async (peer) => {
    const settings = settingsOf({ url: peer.url, retry: { initialMs: 1, maxMs: 5, triesMax: 2 } });
    await use(new WaitRoom(new Connection({ ...settings, longPollsMax: 2 })), peer, book);
  });
}

const waitAll = (room: WaitRoom, count: number): Promise<TaskView>[] =>
  numbers(count).map((n) => room.wait(taskId(n), {}));
/** Once every task was read after the stream stood, whatever ends is told by an event. */
const settled = (peer: Peer, count: number) => peer.requests.waitForCount(count + 1);

describe("the wait room", () => {
  test("lets a few hold requests open, and tells the others by one stream of events", async () => {
    await withRoom(async (room, peer, book) => {
      const waits = waitAll(room, 50);
      await settled(peer, 50);
      expect([book.held.size, peer.count("followEvents")]).toEqual([2, 1]);
      for (const n of numbers(50)) book.end(taskId(n));
      expect((await Promise.all(waits)).map(({ id }) => id)).toEqual(numbers(50).map((n) => taskId(n)));
      // Two held open; the others read at first and at the end.
      expect(peer.count("waitTask")).toBe(2 + 2 * 48);
    });
  });

  test("gives a verdict that was there before, and ends its stream with the last who waits", async () => {
    await withRoom(async (room, peer, book) => {
      const waits = waitAll(room, 2);
      book.final.add(taskId(3));
      expect((await room.wait(taskId(3), {})).status).toBe("succeeded");
      const [request] = await book.streams.waitForCount(1);
      if (request?.raw.response.destroyed === false)
        await new Promise((resolve) => request.raw.response.once("close", resolve));
      await settled(peer, 3);
      for (const n of [1, 2]) book.end(taskId(n));
      await Promise.all(waits);
    });
  });

  test("misses nothing when the stream is cut: it reads again what events may have told", async () => {
    await withRoom(async (room, peer, book) => {
      const waits = waitAll(room, 4);
      await settled(peer, 4);
      book.end(taskId(3), false);
      drop((await book.streams.waitForCount(1))[0] as PeerRequest);
      expect((await waits[2])?.status).toBe("succeeded");
      for (const n of [1, 2, 4]) book.end(taskId(n));
      await Promise.all(waits);
    });
  });

  test("lets each give up for itself", async () => {
    await withRoom(async (room, _, book) => {
      const waits = waitAll(room, 3);
      const controller = new AbortController();
      const impatient = room.wait(taskId(4), { timeoutMs: 20 });
      const aborted = room.wait(taskId(5), { signal: controller.signal });
      await expect(impatient).rejects.toMatchObject({ code: "timed-out" });
      controller.abort(new Error("no longer wanted"));
      await expect(aborted).rejects.toThrow("no longer wanted");
      for (const n of [1, 2, 3]) book.end(taskId(n));
      await Promise.all(waits);
    });
  });

  test("fails as the stream fails", async () => {
    const followEvents = () => {
      throw new CapstanError("unauthorized", "no token");
    };
    await withRoom(
      async (room, _, book) => {
        const waits = waitAll(room, 3);
        await expect(waits[2]).rejects.toMatchObject({ code: "unauthorized" });
        for (const n of [1, 2]) book.end(taskId(n));
      },
      { followEvents },
    );
  });
});
