import { connect } from "node:net";
import { once } from "node:events";
import { WebSocket } from "ws";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits, workerPath, type Connection } from "@capstan/protocol";
import { exchange, moment, serve, type Served } from "./peer.test.support.js";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.api.close());

const url = (namespace?: string): string => `ws://127.0.0.1:${served.port}${workerPath(namespace)}`;

/** A worker's socket and the engine's end of it. */
async function join(namespace?: string): Promise<{ worker: WebSocket; connection: Connection }> {
  const accepted = moment(served.operations, "accept");
  const worker = new WebSocket(url(namespace));
  await Promise.all([once(worker, "open"), accepted]);
  return { worker, connection: served.operations.connections.at(-1)!.connection };
}

const upgrade = (
  path: string,
  more = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;

describe("a worker's connection", () => {
  it("carries text frames both ways, in order, in its namespace", async () => {
    const { worker, connection } = await join("team-a");
    expect(served.operations.connections[0]!.namespace).toBe("team-a");
    const got: string[] = [];
    const both = new Promise<void>((resolve) => {
      connection.onFrame = (frame) => {
        got.push(frame);
        if (got.length === 2) resolve();
      };
    });
    worker.send('["héllo"]');
    worker.send("[2]");
    await both;
    expect(got).toEqual(['["héllo"]', "[2]"]);
    connection.send("[3]");
    const [data, isBinary] = (await once(worker, "message")) as [Buffer, boolean];
    expect([data.toString(), isBinary, connection.bufferedBytes]).toEqual(["[3]", false, 0]);
    worker.terminate();
  });

  it("tells the engine when it closes, and why", async () => {
    const { worker, connection } = await join();
    const closed = new Promise<string>((resolve) => (connection.onClose = resolve));
    worker.close(1000, "going home");
    expect(await closed).toBe("going home");
    connection.send("[1]");
  });

  it("is closed by the engine with code and reason, however long", async () => {
    const { worker, connection } = await join();
    connection.close(4001, "é".repeat(200));
    const [code, reason] = (await once(worker, "close")) as [number, Buffer];
    expect([code, reason.length]).toEqual([4001, 122]);
  });

  it("is closed with 1003 for a binary frame and 1009 for one that is too large", async () => {
    const binary = await join();
    binary.worker.send(Buffer.from("[1]"));
    expect((await once(binary.worker, "close"))[0]).toBe(1003);
    const large = await join();
    const closed = new Promise<string>((resolve) => (large.connection.onClose = resolve));
    large.worker.on("error", () => {});
    large.worker.send("x".repeat(limits.frameBytesMax + 1));
    expect((await once(large.worker, "close"))[0]).toBe(1009);
    expect(await closed).toContain("Max payload size exceeded");
  });

  it("is closed with 1011, and nothing else happens, when the engine fails on a frame", async () => {
    const { worker, connection } = await join();
    connection.onFrame = () => {
      throw new Error("a fault");
    };
    worker.send("[1]");
    expect((await once(worker, "close"))[0]).toBe(1011);
    served.operations.acceptWorker = () => {
      throw new Error("another fault");
    };
    const refused = new WebSocket(url());
    expect((await once(refused, "close"))[0]).toBe(1011);
    expect((await fetch(`${served.api.url}/health`)).status).toBe(200);
  });

  it("survives garbage in the WebSocket's own framing", async () => {
    const socket = connect(served.port, "127.0.0.1");
    const accepted = moment(served.operations, "accept");
    socket.write(upgrade(workerPath()));
    await accepted;
    const { connection } = served.operations.connections[0]!;
    const closed = new Promise<string>((resolve) => (connection.onClose = resolve));
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x12, 0x34]));
    expect(await closed).toContain("Invalid WebSocket frame");
    socket.destroy();
    expect((await fetch(`${served.api.url}/health`)).status).toBe(200);
  });

  it("is closed with 1001 when the API closes", async () => {
    const { worker } = await join();
    const closed = once(worker, "close");
    await served.api.close();
    expect((await closed)[0]).toBe(1001);
  });
});

describe("an upgrade that is not admitted", () => {
  it.each([
    ["another path", upgrade("/v1/namespaces/default/tasks"), 404, "not-found"],
    ["a namespace that is none", upgrade("/v1/namespaces/a%2Fb/worker"), 404, "not-found"],
    ["no key", upgrade(workerPath(), "Sec-WebSocket-Version: 13\r\n"), 400, "invalid-request"],
    [
      "garbage for a version",
      upgrade(workerPath(), "Sec-WebSocket-Version: x\r\nSec-WebSocket-Key: y\r\n"),
      400,
      "invalid-request",
    ],
    ["another method", upgrade(workerPath()).replace("GET", "POST"), 405, "method-not-allowed"],
    [
      "a foreign page",
      upgrade(workerPath()).replace("\r\n", "\r\nOrigin: http://evil.example\r\n"),
      401,
      "unauthorized",
    ],
  ])("is refused over HTTP: %s", async (...[, bytes, status, code]) => {
    const text = await exchange(served.port, bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain(`"code":"${code}"`);
    expect(served.operations.connections).toHaveLength(0);
  });

  it("is refused while the engine takes no work", async () => {
    served.operations.isReady = false;
    expect(await exchange(served.port, upgrade(workerPath()))).toMatch(/^HTTP\/1\.1 503 .*"code":"shutting-down"/s);
  });

  it("is refused without the token, and taken with it", async () => {
    await served.api.close();
    served = await serve({ token: "secret" });
    expect(await exchange(served.port, upgrade(workerPath()))).toMatch(/^HTTP\/1\.1 401 /);
    const worker = new WebSocket(url(), { headers: { authorization: "Bearer secret" } });
    await once(worker, "open");
    worker.terminate();
  });
});
