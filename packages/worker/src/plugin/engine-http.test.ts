import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock, systemRandom } from "@capstan/protocol";
import { VirtualClock } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { EngineHttp } from "./engine-http.js";
import { digestOf } from "./revision-digest.js";

const content = Buffer.from("0123456789".repeat(10_000));
const blob = { digest: digestOf(content), bytes: content.byteLength };

/** An engine's HTTP side that answers as it is told; counts the requests. */
async function withServer(
  answer: (request: number) => RequestListener,
  use: (http: EngineHttp, requests: () => number) => Promise<void>,
  retryMs: number,
): Promise<void> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(requests)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const http = new EngineHttp({
    urls: [`http://127.0.0.1:${port}`],
    namespace: "default",
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    random: systemRandom,
    retryMs,
    tryMs: 200,
  });
  try {
    await use(http, () => requests);
  } finally {
    http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

const never: RequestListener = () => {};
const halfBody: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": content.byteLength });
  response.write(content.subarray(0, 1_000));
};
const halfProblem: RequestListener = (_, response) => {
  response.writeHead(404, { "content-length": 1_000 });
  response.write("{");
};
const whole: RequestListener = (_, response) => response.end(content);

test("an answer that is none of an engine is a typed error", async () => {
  const page: RequestListener = (_, response) => response.end("<html>");
  const blob = { digest: digestOf("<html>"), bytes: 6 };
  await withServer(
    () => page,
    async (http) => {
      await expect(http.getManifest("rev_1")).rejects.toMatchObject({ code: "internal", message: /an engine's/ });
      await expect(http.getJson(blob)).rejects.toMatchObject({ code: "internal", message: /the blob is no JSON/ });
    },
    0,
  );
});

test("an answer that is nested without end is refused before anybody walks over it", async () => {
  const deep = `{"manifest":${"[".repeat(9_000)}${"]".repeat(9_000)}}`;
  await withServer(
    () => (_, response) => response.end(deep),
    async (http) => {
      const refused = { code: "internal", message: /nested too deep/ };
      await expect(http.getManifest("rev_1")).rejects.toMatchObject(refused);
      await expect(http.getJson({ digest: digestOf(deep), bytes: deep.length })).rejects.toMatchObject(refused);
    },
    0,
  );
});

describe("a call to an engine that hangs", () => {
  test.each([
    ["before it answers", never],
    ["in the middle of the answer", halfBody],
    ["in the middle of a refusal", halfProblem],
  ])("%s ends with a typed error, of a revision and of a blob", async (_, listener) => {
    await withServer(
      () => listener,
      async (http) => {
        await expect(http.getBytes(blob)).rejects.toMatchObject({ code: "unreachable" });
        await expect(http.getManifest("rev_1")).rejects.toMatchObject({ code: "unreachable" });
        await expect(http.put("text")).rejects.toMatchObject({ code: "unreachable" });
      },
      0,
    );
  });

  test("is tried again, also when it hung in the middle", async () => {
    await withServer(
      (request) => [never, halfBody][request - 1] ?? whole,
      async (http, requests) => {
        expect(Buffer.from(await http.getBytes(blob)).equals(content)).toBe(true);
        expect(requests()).toBeGreaterThanOrEqual(3);
      },
      30_000,
    );
  });

  test("ends also when memory is tidied up meanwhile", async () => {
    await withServer(
      () => (request, response) => {
        never(request, response);
        setImmediate(collectGarbage);
      },
      (http) => expect(http.getBytes(blob)).rejects.toMatchObject({ code: "unreachable" }),
      0,
    );
  });
});

describe("a call that is given up", () => {
  const reason = new Error("nobody needs it");

  test.each([
    ["while nobody answers", never],
    ["in the middle of the answer", halfBody],
  ])("ends with the reason %s", async (_, listener) => {
    const given = new AbortController();
    const giveUp: RequestListener = (request, response) => {
      listener(request, response);
      given.abort(reason);
    };
    await withServer(
      () => giveUp,
      async (http, requests) => {
        await expect(http.getPack([blob], given.signal)).rejects.toBe(reason);
        await expect(http.getWorkspace("set_1", given.signal)).rejects.toBe(reason);
        await expect(http.getJson(blob, given.signal)).rejects.toBe(reason);
        expect(requests()).toBe(1);
      },
      0,
    );
  });

  test("ends between two tries", async () => {
    const given = new AbortController();
    const lasting = new EngineHttp({
      urls: ["http://127.0.0.1"],
      namespace: "default",
      fetch: async () => {
        setImmediate(() => given.abort(reason));
        throw new TypeError("fetch failed");
      },
      clock: new VirtualClock(),
      random: systemRandom,
      retryMs: 600_000,
      tryMs: 200,
    });
    await expect(lasting.getPack([blob], given.signal)).rejects.toBe(reason);
  });
});
