import type { ServerResponse } from "node:http";
import { CapstanError, type EventView } from "@capstan/protocol";
import { VirtualClock } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { drop, Peer, type PeerRequest } from "../peer.test.support.js";

const eventOf = (n: number): EventView => ({ cursor: `c${n}`, atMs: n, type: "task.succeeded", data: { n } });
const textOf = (n: number) => `id: c${n}\nevent: task.succeeded\ndata: ${JSON.stringify(eventOf(n))}\n\n`;

function open({ raw }: PeerRequest): ServerResponse {
  return raw.response.writeHead(200, { "content-type": "text/event-stream" });
}

async function take(events: AsyncIterable<EventView>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const event of events) if (taken.push(event.data?.["n"]) === count) break;
  return taken;
}

describe("events", () => {
  test("are given as they come, filtered by the engine", async () => {
    const followEvents = (request: PeerRequest) => void open(request).write(textOf(1) + textOf(2));
    await Peer.use({ followEvents }, async (peer) => {
      const events = peer.client().events({ types: ["task.", "worker.lost"], taskset: "set_1", after: "c0" });
      expect(await take(events, 2)).toEqual([1, 2]);
      const [request] = peer.requests.items;
      expect(request?.query).toEqual({ after: "c0", types: "task.,worker.lost", taskset: "set_1" });
      expect(request?.headers).toMatchObject({ accept: "text/event-stream", "last-event-id": "c0" });
    });
  });

  test("go on after the last one when the stream is cut, even in the middle of one", async () => {
    const followEvents = (request: PeerRequest) => {
      const response = open(request);
      if (request.n === 1) response.write(textOf(1) + textOf(2).slice(0, 30), () => drop(request));
      else if (request.n === 2) drop(request);
      else if (request.n === 3) response.end(textOf(2) + textOf(3));
      else response.write(textOf(4));
    };
    await Peer.use({ followEvents }, async (peer) => {
      expect(await take(peer.client().events(), 4)).toEqual([1, 2, 3, 4]);
      expect(peer.requests.items.map(({ query }) => query["after"])).toEqual([undefined, "c1", "c1", "c3"]);
    });
  });

  test("are resumed at a cursor that came without an event", async () => {
    const followEvents = (request: PeerRequest) => {
      const response = open(request);
      if (request.n === 1) response.write("id: c7\n\n", () => drop(request));
      else response.write(textOf(8));
    };
    await Peer.use({ followEvents }, async (peer) => {
      expect(await take(peer.client().events(), 1)).toEqual([8]);
      expect(peer.requests.items[1]?.query["after"]).toBe("c7");
    });
  });

  test("end the request when their reader leaves", async () => {
    const closed: Promise<void>[] = [];
    const followEvents = (request: PeerRequest) => {
      closed.push(new Promise((resolve) => request.raw.response.once("close", resolve)));
      open(request).write(textOf(1));
    };
    await Peer.use({ followEvents }, async (peer) => {
      await take(peer.client().events(), 1);
      await closed[0];
      expect(peer.requests.items.length).toBe(1);
    });
  });

  test("are opened anew when nothing comes for a minute, as on a connection that died silently", async () => {
    const clock = new VirtualClock();
    const followEvents = (request: PeerRequest) => {
      const response = open(request);
      if (request.n === 1) response.write(textOf(1));
      else response.write(textOf(2));
    };
    await Peer.use({ followEvents }, async (peer) => {
      const events = peer.client({ clock }).events();
      expect((await events.next()).value).toEqual(eventOf(1));
      const second = events.next();
      await clock.advance(59_000);
      expect(peer.requests.items.length).toBe(1);
      expect((await clock.advanceUntil(second, 10)).value).toEqual(eventOf(2));
      expect(peer.requests.items[1]?.query["after"]).toBe("c1");
      await events.return();
    });
  });

  test("throw cursor-expired, at the beginning or as the engine's last word", async () => {
    const expired = new CapstanError("cursor-expired", "too old");
    const followEvents = (request: PeerRequest) => {
      if (request.n === 1) throw expired;
      open(request).write(`${textOf(1)}event: problem\ndata: ${JSON.stringify(expired.toProblem())}\n\n`);
    };
    await Peer.use({ followEvents }, async (peer) => {
      const client = peer.client();
      await expect(take(client.events({ after: "c0" }), 5)).rejects.toMatchObject({ code: "cursor-expired" });
      await expect(take(client.events(), 5)).rejects.toMatchObject({ code: "cursor-expired" });
      expect(peer.requests.items.length).toBe(2);
    });
  });

  test("throw a typed error when what comes is none of an engine", async () => {
    const followEvents = (request: PeerRequest) => void open(request).write("data: <html>\n\n");
    await Peer.use({ followEvents }, async (peer) => {
      await expect(take(peer.client().events(), 1)).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining("check that the address is an engine's") as string,
      });
    });
  });

  test("throw unreachable when the engine stays away", async () => {
    const clock = new VirtualClock();
    await Peer.use({ followEvents: drop }, async (peer) => {
      const events = peer.client({ clock, retry: { initialMs: 1_000, maxMs: 60_000 } }).events();
      await expect(clock.advanceUntil(take(events, 1), 1_000)).rejects.toMatchObject({ code: "unreachable" });
      expect(clock.monotonicMs()).toBeGreaterThan(200_000);
    });
  });

  test("reject with the signal's reason", async () => {
    const followEvents = (request: PeerRequest) => void open(request).write(textOf(1));
    await Peer.use({ followEvents }, async (peer) => {
      const controller = new AbortController();
      const events = peer.client().events({ signal: controller.signal });
      await events.next();
      const next = events.next();
      controller.abort(new Error("enough"));
      await expect(next).rejects.toThrow("enough");
    });
  });
});
