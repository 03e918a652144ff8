import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moment, problemOf, serve, type Served } from "./peer.test.support.js";

let served: Served;
beforeEach(async () => {
  const { port: _, ...options } = { port: 0, token: "secret" };
  served = await serve({ ...options, port: undefined } as never);
});
afterEach(() => served.api.close());

const base = "http://capstan/v1/namespaces/default";
const trial = `trial_${"0".repeat(21)}1_1`;
const json = { "content-type": "application/json" };

describe("the API without a network", () => {
  it("listens nowhere and needs no token", async () => {
    expect(served.api.url).toBeUndefined();
    const answer = await served.api.fetch(`${base}/status`);
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ store: "memory" })]);
  });

  it("launches, and answers with problems", async () => {
    const body = JSON.stringify({ definition: "command/run", input: { command: "true" } });
    for (const input of [`${base}/tasks`, new URL(`${base}/tasks`), new Request(`${base}/tasks`)]) {
      expect((await served.api.fetch(input, { method: "POST", headers: json, body })).status).toBe(201);
    }
    const bulk = { method: "POST", headers: json, body: JSON.stringify({ tasks: [JSON.parse(body)] }) };
    expect((await served.api.fetch(`${base}/tasks/bulk`, bulk)).status).toBe(201);
    expect(served.operations.tasks.size).toBe(4);
    const wrong = await served.api.fetch(`${base}/tasks`, { method: "POST", headers: json, body: "{" });
    expect(await problemOf(wrong)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("takes a stream as it comes", async () => {
    const encoder = new TextEncoder();
    let toSend = 2_500;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode('{"definition":"command/run"}\n')),
      pull(controller) {
        if (toSend === 0) return controller.close();
        toSend -= 1;
        controller.enqueue(encoder.encode('{"input":{"command":"true"}}\n'));
      },
    });
    const headers = { "content-type": "application/x-ndjson" };
    const answer = await served.api.fetch(`${base}/tasksets`, { method: "POST", headers, body });
    expect(await answer.json()).toMatchObject({ tasks: 2_500 });
    expect(served.operations.streams[0]!.batches).toEqual([1_000, 1_000, 500]);
  });

  it("follows events and logs, and leaves when the reader does", async () => {
    const events = await served.api.fetch(`${base}/events`);
    const reader = events.body!.getReader();
    await reader.read();
    served.operations.publish("task.queued");
    expect(Buffer.from((await reader.read()).value ?? "").toString()).toContain('"type":"task.queued"');
    await reader.cancel();

    served.operations.write(trial, "so far");
    const left = moment(served.operations, "unfollow");
    const log = (await served.api.fetch(`${base}/trials/${trial}/stdout?follow=true`)).body!.getReader();
    expect(Buffer.from((await log.read()).value ?? "").toString()).toBe("so far");
    await log.cancel();
    await left;
  });

  it("can be left at once by who wants no more than the head of a stream", async () => {
    const ended = new Promise<unknown>((resolve) => process.once("uncaughtExceptionMonitor", resolve));
    for (const path of ["/events", `/trials/${trial}/stdout?follow=true`]) {
      served.operations.write(trial, "so far");
      const answer = await served.api.fetch(base + path);
      await answer.body!.cancel();
    }
    // Another call has its turns: what a left stream still had to say has come to nothing by then.
    const answered = served.api.fetch(`${base}/status`).then(({ status }) => status);
    expect(await Promise.race([ended, answered])).toBe(200);
  });

  it("ends a wait whose signal is aborted", async () => {
    const { task } = await served.operations.launchTask("default", {
      definition: "command/run",
      input: { command: "x" },
    });
    const waiting = moment(served.operations, "wait");
    const client = new AbortController();
    const answer = served.api.fetch(`${base}/tasks/${task}/result?waitMs=60000`, { signal: client.signal });
    const refused = expect(answer).rejects.toThrow("aborted");
    await waiting;
    const { signal } = served.operations.waits[0]!;
    const left = new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve()));
    client.abort();
    await Promise.all([refused, left]);
  });
});
