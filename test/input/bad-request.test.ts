import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withBed, type ProcessBed } from "../bed/process-bed.js";

interface Answer {
  readonly status: number;
  readonly problem: { readonly code?: string; readonly detail?: string; readonly remedy?: string };
}

let bed: ProcessBed;
let end: () => void;
let ended: Promise<unknown>;

beforeAll(async () => {
  await new Promise<void>((ready, fail) => {
    ended = withBed(async (made) => {
      bed = made;
      await bed.startEngine();
      ready();
      await new Promise<void>((resolve) => (end = resolve));
    });
    ended.catch(fail);
  });
});

afterAll(async () => {
  end();
  await ended;
});

async function send(
  method: string,
  path: string,
  { body, type = "application/json" }: { body?: unknown; type?: string },
): Promise<Answer> {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${bed.url}/v1/namespaces/default${path}`, {
    method,
    ...(body === undefined ? {} : { body: text as string, headers: { "content-type": type } }),
  });
  return { status: response.status, problem: (await response.json()) as Answer["problem"] };
}

/** What the engine holds: nothing of what was refused may be among it. */
async function standing(): Promise<unknown> {
  const { tasks, workers } = await bed.client.status();
  const plugins = [];
  for await (const plugin of bed.client.plugins.list()) plugins.push(plugin);
  const tasksets = [];
  for await (const taskset of bed.client.tasksets()) tasksets.push(taskset);
  return { tasks, workers, plugins, tasksets };
}

const command = { definition: "command/run", input: { command: ["true"] } };
const file = { path: "index.js", digest: `sha256:${"0".repeat(64)}`, bytes: 3 };
const manifest = {
  manifestVersion: 1,
  plugin: "bad",
  version: "1",
  runtime: "node",
  entry: "index.js",
  files: [file],
  definitions: [{ name: "x" }],
};

const ndjson = "application/x-ndjson";
const lines = (...values: readonly unknown[]): string =>
  values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n");

const cases: Readonly<Record<string, readonly [string, string, unknown, string, string?]>> = {
  "a wrong type": ["POST", "/tasks", { ...command, definition: 7 }, "invalid-request"],
  "an unknown field": ["POST", "/tasks", { ...command, colour: "red" }, "invalid-request"],
  "an unknown field of a policy": ["POST", "/tasks", { ...command, policy: { maxTrial: 3 } }, "invalid-request"],
  "a body that is no JSON": ["POST", "/tasks", "{", "invalid-request"],
  "an empty body": ["POST", "/tasks", "", "invalid-request"],
  "another content type": ["POST", "/tasks", "a=1", "unsupported-media-type", "application/x-www-form-urlencoded"],
  "an input that does not fit": ["POST", "/tasks", { ...command, input: { command: 5 } }, "invalid-input"],
  "an unknown plugin": ["POST", "/tasks", { ...command, definition: "nobody/run" }, "unknown-plugin"],
  "an unknown definition": ["POST", "/tasks", { ...command, definition: "command/walk" }, "unknown-definition"],
  "an unknown revision": ["POST", "/tasks", { ...command, revision: `rev_${"0".repeat(26)}` }, "unknown-revision"],
  "one bad launch among many": ["POST", "/tasks/bulk", { tasks: [command, { ...command, x: 1 }] }, "invalid-request"],
  "a taskset without tasks": ["POST", "/tasksets", { tasks: [] }, "invalid-request"],
  "two tasks of one key": [
    "POST",
    "/tasksets",
    {
      tasks: [
        { ...command, key: "a" },
        { ...command, key: "a" },
      ],
    },
    "invalid-request",
  ],
  "a stream that is broken in the middle": [
    "POST",
    "/tasksets",
    lines({ definition: "command/run" }, ...Array.from({ length: 1_500 }, () => ({ input: command.input })), '{"inp'),
    "invalid-stream",
    ndjson,
  ],
  "a stream with a bad task at its end": [
    "POST",
    "/tasksets",
    lines({ definition: "command/run" }, ...Array.from({ length: 1_500 }, () => ({ input: command.input })), {
      input: { command: 5 },
    }),
    "invalid-input",
    ndjson,
  ],
  "a stream without a header": ["POST", "/tasksets", lines(7), "invalid-stream", ndjson],
  "a cursor of another kind": ["GET", "/tasks?cursor=%00bad", undefined, "invalid-cursor"],
  "an unknown filter": ["GET", "/tasks?colour=red", undefined, "invalid-request"],
  "an id of another kind": ["GET", "/tasks/nonsense", undefined, "invalid-id"],
  "a manifest with a path that leaves it": [
    "POST",
    "/plugins/bad/revisions",
    { manifest: { ...manifest, entry: "../x.js", files: [{ ...file, path: "../x.js" }] } },
    "invalid-path",
  ],
  "a manifest with an absolute path": [
    "POST",
    "/plugins/bad/revisions",
    { manifest: { ...manifest, files: [file, { ...file, path: "/etc/passwd" }] } },
    "invalid-path",
  ],
  "a manifest whose files were never sent": ["POST", "/plugins/bad/revisions", { manifest }, "blob-missing"],
  "a manifest of another plugin": ["POST", "/plugins/worse/revisions", { manifest }, "invalid-manifest"],
  "bytes of another digest": ["PUT", `/blobs/${file.digest}`, "abc", "digest-mismatch", "application/octet-stream"],
};

describe("a bad request", () => {
  for (const [name, [method, path, body, code, type]] of Object.entries(cases)) {
    test(`with ${name} gets ${code}, and changes nothing`, async () => {
      const before = await standing();
      const { status, problem } = await send(method, path, { body, ...(type === undefined ? {} : { type }) });
      expect([problem.code, status >= 400 && status < 500]).toEqual([code, true]);
      expect(problem.detail?.length).toBeGreaterThan(10);
      expect(problem.remedy?.length).toBeGreaterThan(10);
      expect(await standing()).toEqual(before);
    });
  }

  test("of 100 MB is refused before it is read, and held nowhere", async () => {
    const before = await standing();
    const code = await sendEndlessly("/v1/namespaces/default/tasks", 100 * 1024 * 1024);
    expect(code).toBe("too-large");
    expect(await standing()).toEqual(before);
  }, 30_000);

  test("whose stream breaks off without an end leaves nothing", async () => {
    const before = await standing();
    const socket = connect(bed.port, "127.0.0.1");
    const head = "POST /v1/namespaces/default/tasksets HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n";
    const text = `${lines({ definition: "command/run" }, ...Array.from({ length: 1_200 }, () => ({ input: command.input })))}\n`;
    socket.write(`${head}content-type: ${ndjson}\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n`);
    await untilTasksets((count) => count === 1);
    socket.destroy();
    await untilTasksets((count) => count === 0);
    expect(await standing()).toEqual(before);
  }, 30_000);

  test("that is no HTTP at all is cut off", async () => {
    const socket = connect(bed.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("\x16\x03\x01 this is no request \r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve).resume());
    expect((await bed.client.health()).status).toBe("ok");
  });
});

/** Nobody is told of a stream's parts before its end, hence it asks again and again. */
async function untilTasksets(fits: (count: number) => boolean): Promise<void> {
  const endMs = performance.now() + 15_000;
  const count = async (): Promise<number> => ((await standing()) as { tasksets: unknown[] }).tasksets.length;
  while (!fits(await count())) {
    if (performance.now() > endMs) throw new Error("the engine's tasksets are not as expected");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends a body that announces no length, until the engine answers. Gives the code of the answer. */
function sendEndlessly(path: string, bytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    let sent = 0;
    const outgoing = request({ port: bed.port, path, method: "POST", headers: { "content-type": "application/json" } });
    outgoing.on("response", (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve((JSON.parse(text) as { code?: string }).code));
    });
    outgoing.on("error", (error) => (sent < bytes ? reject(error) : undefined));
    outgoing.write('"');
    const push = (): void => {
      while (sent < bytes) {
        sent += piece.byteLength;
        if (!outgoing.write(piece)) return void outgoing.once("drain", push);
      }
      outgoing.end('"');
    };
    push();
  });
}
