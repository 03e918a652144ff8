import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moment, problemOf, serve, type Served } from "./peer.test.support.js";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.api.close());

const header = JSON.stringify({ name: "suite", definition: "command/run" });
const task = JSON.stringify({ input: { command: "true" } });

function send(lines: readonly string[], end = "\n"): Promise<Response> {
  const headers = { "content-type": "application/x-ndjson" };
  return fetch(`${served.base}/tasksets`, { method: "POST", headers, body: lines.join("\n") + end });
}

it("a launch of one task may come in chunks, without a length", async () => {
  const body = new Blob([`{"definition":"command/run","input":`, `{"command":"true"}}`]).stream();
  const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
  const answer = await fetch(`${served.base}/tasks`, init as RequestInit);
  expect([answer.status, await answer.json()]).toEqual([201, { task: expect.any(String), isDuplicate: false }]);
});

describe("a streamed launch", () => {
  it("is one taskset, pushed in batches and sealed at its end", async () => {
    const answer = await send([header, ...Array<string>(2_500).fill(task)]);
    expect([answer.status, await answer.json()]).toEqual([201, expect.objectContaining({ tasks: 2_500 })]);
    expect(served.operations.streams).toEqual([{ batches: [1_000, 1_000, 500], end: "sealed" }]);
  });

  it("takes blank lines, carriage returns and a last line without a newline", async () => {
    const answer = await send(["", header, "\r", `${task}\r`, "", task], "");
    expect(await answer.json()).toMatchObject({ tasks: 2 });
  });

  it.each([
    ["broken JSON", [header, task, task, '{"input":'], 4],
    ["an unknown field", [header, task, "", '{"inputs":1}'], 4],
    ["a broken header", ['{"tasks":[]}', task], 1],
    ["no tasks", [header], 2],
    ["nothing", [""], 1],
  ])("vanishes whole and names the line: %s", async (_what, lines, line) => {
    const answer = await send(lines);
    const problem = await problemOf(answer);
    expect(problem).toMatchObject({ status: 400, code: "invalid-stream", details: { line } });
    expect(served.operations.tasksets.size).toBe(0);
    expect(served.operations.streams.every(({ end }) => end === "discarded")).toBe(true);
  });

  it("names the line of a task that the engine refuses", async () => {
    const wrong = JSON.stringify({ input: { command: 7 } });
    const problem = await problemOf(await send([header, ...Array<string>(1_200).fill(task), "", wrong]));
    expect(problem).toMatchObject({ code: "invalid-input", details: { line: 1_203 } });
    expect(served.operations.streams[0]!.end).toBe("discarded");
  });

  it("names the line that is not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from(`${header}\n${task}\n"`), Buffer.from([0xc3, 0x28]), Buffer.from('"\n')]);
    const headers = { "content-type": "application/x-ndjson" };
    const problem = await problemOf(await fetch(`${served.base}/tasksets`, { method: "POST", headers, body }));
    expect(problem).toMatchObject({ code: "invalid-stream", details: { line: 3 } });
  });

  it("is discarded when the client goes in the middle", async () => {
    const pushed = moment(served.operations, "push");
    const discarded = moment(served.operations, "discard");
    const socket = connect(served.port, "127.0.0.1");
    const head = [
      "POST /v1/namespaces/default/tasksets HTTP/1.1",
      "Host: 127.0.0.1",
      "Content-Type: application/x-ndjson",
      "Content-Length: 100000000",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${header}\n${`${task}\n`.repeat(1_500)}`);
    await pushed;
    expect(served.operations.streams[0]!.end).toBe("open");
    socket.destroy();
    await discarded;
    expect(served.operations.tasksets.size).toBe(0);
  });
});
