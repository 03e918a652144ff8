import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapstanError } from "@capstan/protocol";
import { exchange, problemOf, serve, type Served } from "./peer.test.support.js";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.api.close());

const json = { "content-type": "application/json" };
const digest = `sha256:${"0".repeat(64)}`;

function post(path: string, body: string | Uint8Array, headers: Record<string, string> = json): Promise<Response> {
  return fetch(served.base + path, { method: "POST", headers, body });
}

async function expectProblem(answer: Response, status: number, code: string) {
  const problem = await problemOf(answer);
  expect([answer.status, problem.code, problem.status]).toEqual([status, code, status]);
  expect(problem.remedy).not.toBe("");
  return problem;
}

describe("a request that is wrong", () => {
  it.each([
    ["no JSON", "{", "not JSON"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "not UTF-8"],
    ["an empty body", "", "definition"],
    ["a wrong type", JSON.stringify({ definition: 7 }), "/definition"],
    ["an unknown field", JSON.stringify({ definition: "command/run", inputs: 1 }), "unknown field inputs"],
    [
      "a field that would change its prototype",
      '{"definition":"command/run","__proto__":{"x":1}}',
      "unknown field __proto__",
    ],
    ["a broken name", JSON.stringify({ definition: "run" }), "/definition"],
    ["a nested bomb", "[".repeat(100_000), "nested"],
  ])("is refused: %s", async (_what, body, told) => {
    const problem = await expectProblem(await post("/tasks", body), 400, "invalid-request");
    expect(problem.detail).toContain(told);
    expect(served.operations.tasks.size).toBe(0);
  });

  it.each([
    ["/tasks?limit=x", "must be integer"],
    ["/tasks?limit=0", "must be >= 1"],
    ["/tasks?limit=1&limit=2", "must be integer"],
    ["/tasks?colour=red", "unknown field colour"],
    ["/tasksets?isActive=maybe", "must be boolean"],
    ["/status?x=1", "unknown field x"],
  ])("is refused for its query: %s", async (path, told) => {
    const problem = await expectProblem(await fetch(served.base + path), 400, "invalid-request");
    expect(problem.detail).toContain(told);
  });

  it.each([
    "/tasks/nonsense",
    "/tasks/set_0000000000000000000001",
    "/trials/trial_1/stdout",
    "/tasksets/..%2f..%2fetc",
  ])("is refused for its id: %s", async (path) => {
    await expectProblem(await fetch(served.base + path), 400, "invalid-id");
  });

  it("is refused for a namespace that is none", async () => {
    const answer = await fetch(`${served.api.url}/v1/namespaces/..%2f..%2fetc/tasks`);
    await expectProblem(answer, 400, "invalid-request");
  });

  it("is refused for its digest", async () => {
    await expectProblem(await fetch(`${served.base}/blobs/sha256:xyz`), 400, "invalid-request");
  });

  it("names the fields of an input that does not fit", async () => {
    const body = JSON.stringify({ definition: "command/run", input: { command: 7 } });
    const problem = await expectProblem(await post("/tasks", body), 422, "invalid-input");
    expect(problem.details?.["misfits"]).toContainEqual({ at: "/command", message: "must be string" });
  });

  it("names what was perhaps meant by an unknown plugin or definition", async () => {
    const plugin = await post("/tasks", JSON.stringify({ definition: "comand/run" }));
    expect((await expectProblem(plugin, 404, "unknown-plugin")).detail).toContain('did you mean "command"?');
    const definition = await post("/tasks", JSON.stringify({ definition: "command/rum" }));
    expect((await expectProblem(definition, 404, "unknown-definition")).detail).toContain(
      'did you mean "command/run"?',
    );
  });

  it("is told when to come again", async () => {
    served.operations.refusal = new CapstanError("overloaded", "too much", { details: { retryAfterMs: 1_500 } });
    const answer = await post("/tasks", JSON.stringify({ definition: "command/run" }));
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(await expectProblem(answer, 429, "overloaded")).toMatchObject({ retryable: true });
  });
});

describe("a path, method or content type that is not served", () => {
  it("gets 404 with a problem, whatever its body", async () => {
    await expectProblem(await fetch(`${served.api.url}/nowhere`), 404, "not-found");
    await expectProblem(await post("/nowhere", "{"), 404, "not-found");
    await expectProblem(await fetch(`${served.api.url}/v1/namespaces/default/%zz`), 400, "invalid-request");
  });

  it("gets 405 with the methods that are", async () => {
    const answer = await fetch(`${served.base}/tasks`, { method: "DELETE" });
    expect(answer.headers.get("allow")).toBe("POST, GET");
    await expectProblem(answer, 405, "method-not-allowed");
  });

  it.each([
    ["text/plain", "/tasks"],
    ["application/x-www-form-urlencoded", "/tasks"],
    ["application/octet-stream", "/tasksets"],
    ["application/json", `/tasks/task_${"0".repeat(22)}`],
  ])("gets 415 or 405: %s at %s", async (type, path) => {
    const answer = await post(path, "{}", { "content-type": type });
    expect(["unsupported-media-type", "method-not-allowed"]).toContain((await problemOf(answer)).code);
  });

  it("gets 415 for a compressed body", async () => {
    const answer = await post("/tasks", "{}", { ...json, "content-encoding": "gzip" });
    await expectProblem(answer, 415, "unsupported-media-type");
  });

  it("gets a problem for bytes that are no HTTP", async () => {
    const text = await exchange(served.port, "nonsense\r\n\r\n");
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('"code":"invalid-request"');
  });
});

describe("a body of 100 MB", () => {
  const pieceBytes = 1024 * 1024;

  /** Sends 100 MB piece by piece and gives the status, and how far memory rose meanwhile. */
  function sendMuch(path: string, options: { method: string; headers: Record<string, string | number> }) {
    const piece = Buffer.alloc(pieceBytes, 0x20);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    return new Promise<{ status: number; body: string; peakBytes: number }>((resolve, reject) => {
      const request = httpRequest(served.base + path, options);
      request.on("response", (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => (body += text));
        answer.on("end", () => {
          request.destroy();
          resolve({ status: answer.statusCode ?? 0, body, peakBytes: peak });
        });
      });
      request.on("error", reject);
      let sent = 0;
      const send = (): void => {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        if (sent < 100 && !request.destroyed) {
          sent += 1;
          request.write(piece, send);
        }
      };
      send();
    });
  }

  it.each([
    ["JSON of known length", "/tasks", "POST", { ...json, "content-length": 100 * pieceBytes }],
    ["JSON in chunks", "/tasks", "POST", { ...json, "transfer-encoding": "chunked" }],
    ["a taskset in chunks", "/tasksets", "POST", { ...json, "transfer-encoding": "chunked" }],
    [
      "a blob of known length",
      `/blobs/${digest}`,
      "PUT",
      { "content-type": "application/octet-stream", "content-length": 100 * pieceBytes },
    ],
    [
      "one line of a stream",
      "/tasksets",
      "POST",
      { "content-type": "application/x-ndjson", "transfer-encoding": "chunked" },
    ],
  ])("is refused without being held: %s", async (...[, path, method, headers]) => {
    const { status, body, peakBytes } = await sendMuch(path, { method, headers });
    expect([status, JSON.parse(body)]).toEqual([413, expect.objectContaining({ code: "too-large" })]);
    expect(peakBytes).toBeLessThan(40 * pieceBytes);
    expect((await fetch(`${served.api.url}/health`)).status).toBe(200);
  });
});

describe("a blob with a wrong digest", () => {
  it("is refused and not stored", async () => {
    const headers = { "content-type": "application/octet-stream" };
    const answer = await fetch(`${served.base}/blobs/${digest}`, { method: "PUT", headers, body: "other bytes" });
    await expectProblem(answer, 422, "digest-mismatch");
    await expectProblem(await fetch(`${served.base}/blobs/${digest}`), 404, "not-found");
  });
});
