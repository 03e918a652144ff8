import { once } from "node:events";
import { createServer } from "node:http";
import type { Connection } from "@capstan/protocol";
import { Recorder } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { WsPeer } from "../session/ws-peer.test.support.js";
import type { WorkerEvent } from "../event/worker-event.js";
import { startWorker, type Worker } from "../worker.js";
import { HeldPlugin } from "../worker.test.support.js";

let ws: WsPeer;
let held: HeldPlugin;
let worker: Worker | undefined;
let events: Recorder<WorkerEvent>;

beforeEach(async () => {
  ws = new WsPeer();
  held = new HeldPlugin();
  events = new Recorder();
  await ws.start();
});

afterEach(async () => {
  for (const gate of held.gates.values()) gate.open("closed");
  await worker?.close({ graceMs: 0, stopGraceMs: 0 });
  worker = undefined;
  await ws.stop();
  expect(ws.peer.violations).toEqual([]);
});

async function start(token?: string): Promise<Worker> {
  worker = await startWorker({
    engine: ws.url,
    slots: 2,
    runtimes: ["inline"],
    plugins: [held.plugin],
    ...(token === undefined ? {} : { token }),
    seams: { fetch: (url, init) => ws.http.fetch(url, init) },
    onEvent: (event) => events.add(event),
  });
  return worker;
}

describe("over a real WebSocket", () => {
  test("a worker runs tasks, and its token goes with the connection", async () => {
    ws.token = "s3cret";
    await start("s3cret");
    for (let n = 0; n < 100; n += 1) ws.peer.launch(held.task("echo", n));
    await ws.peer.result(100);
    expect(ws.authorizations).toEqual(["Bearer s3cret"]);
    expect(ws.peer.results.items.map((report) => (report as { output?: unknown }).output).toSorted(byNumber)).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });

  test("a wrong token ends the start with unauthorized", async () => {
    ws.token = "s3cret";
    await expect(start("wrong")).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a connection that is cut is opened again, and the session resumed with its trials", async () => {
    await start();
    ws.peer.launch(held.task("hold", "a"));
    await ws.peer.next("accept");
    await events.waitFor(({ type }) => type === "trialStarted");
    ws.sockets[0]!.terminate();
    await events.waitFor(({ type }) => type === "resumed");
    held.gate("a").open("kept");
    expect(await ws.peer.result(1)).toMatchObject({ status: "succeeded", output: "kept" });
    expect(held.started).toHaveLength(1);
  });

  test("a half-open connection, on which nothing comes and nothing is refused, is noticed and healed", async () => {
    await start();
    ws.peer.launch(held.task("hold", "a"));
    await events.waitFor(({ type }) => type === "trialStarted");
    // The engine's side reads no more and answers no more, and the connection stays open.
    for (const socket of ws.tcp) socket.pause();
    const began = performance.now();
    const lost = await events.waitFor(({ type }) => type === "lost");
    expect((lost as { error: { code: string } }).error.code).toBe("timed-out");
    expect(performance.now() - began).toBeLessThan(5_000);
    await events.waitFor(({ type }) => type === "resumed");
    held.gate("a").open("kept");
    expect(await ws.peer.result(1)).toMatchObject({ output: "kept" });
    expect(ws.sockets).toHaveLength(2);
  });

  test("frames that are no text end the connection", async () => {
    await start();
    ws.sockets[0]!.send(Buffer.from([1, 2, 3]));
    await events.waitFor(({ type }) => type === "resumed");
    expect(ws.sockets).toHaveLength(2);
  });

  test("a worker that starts before its engine joins when that is there", async () => {
    await ws.stop();
    const starting = start().catch((error: unknown) => error);
    const late = new WsPeer();
    // Another engine takes the port of the first: nobody answered there meanwhile.
    const port = Number(new URL(ws.url).port);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(events.items.filter(({ type }) => type === "joined")).toEqual([]);
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (client) => {
      const connection: Connection = {
        bufferedBytes: 0,
        send: (frame) => client.send(frame),
        close: () => client.close(),
        onFrame: () => {},
        onClose: () => {},
      };
      client.on("message", (data: Buffer) => connection.onFrame(data.toString("utf8")));
      late.peer.listen(connection);
    });
    await once(server.listen(port, "127.0.0.1"), "listening");
    await starting;
    expect(worker?.status().state).toBe("ready");
    await worker?.close({ graceMs: 0 });
    server.close();
    await once(server, "close");
    await ws.start();
  });
});

function byNumber(left: unknown, right: unknown): number {
  return (left as number) - (right as number);
}
