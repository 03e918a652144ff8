import { afterEach, describe, expect, it } from "vitest";
import { exchange, problemOf, serve, type Served } from "./peer.test.support.js";

let served: Served;
afterEach(() => served.api.close());

const ask = (host: string, more = "", path = "/v1/namespaces/default/status"): Promise<string> =>
  exchange(served.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`);

describe("without a token", () => {
  it.each(["127.0.0.1", "localhost:7070", "[::1]:7070"])("serves the host %s", async (host) => {
    served = await serve();
    expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(["evil.example:7070", "[::1]@evil.example", "127.0.0.1:x", "[::1"])(
    "refuses the foreign host %s, as a page with a rebound name would ask for",
    async (host) => {
      served = await serve();
      const text = await ask(host);
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(text).toContain('"code":"unauthorized"');
    },
  );

  it.each(["http://evil.example", "null", "https://localhost.evil.example", "file://127.0.0.1"])(
    "refuses the origin %s",
    async (origin) => {
      served = await serve();
      expect(await ask("127.0.0.1", `Origin: ${origin}\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
    },
  );

  it("refuses launches of foreign pages too", async () => {
    served = await serve();
    const headers = { "content-type": "application/json", origin: "http://evil.example" };
    const body = '{"definition":"command/run","input":{"command":"true"}}';
    const answer = await fetch(`${served.base}/tasks`, { method: "POST", headers, body });
    expect([answer.status, served.operations.tasks.size]).toEqual([401, 0]);
  });

  it("serves pages of this machine", async () => {
    served = await serve();
    expect(await ask("127.0.0.1", "Origin: http://localhost:5173\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("with a token", () => {
  const token = "a secret that is long enough";

  it.each([undefined, "Bearer wrong", `Basic ${token}`, `Bearer ${token}x`, "Bearer "])(
    "refuses %s",
    async (authorization) => {
      served = await serve({ token });
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await fetch(`${served.base}/status`, { headers });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(await problemOf(answer)).toMatchObject({ status: 401, code: "unauthorized" });
      expect((await fetch(`${served.api.url}/metrics`, { headers })).status).toBe(401);
    },
  );

  it("serves who bears it, whatever the host", async () => {
    served = await serve({ token });
    expect(await ask("engine.example", `Authorization: Bearer ${token}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask("engine.example", `authorization: bearer ${token}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("leaves health and readiness open", async () => {
    served = await serve({ token });
    expect((await fetch(`${served.api.url}/health`)).status).toBe(200);
    expect((await fetch(`${served.api.url}/ready`)).status).toBe(200);
  });
});

describe("an address that others can reach", () => {
  it("is not listened on without a token", async () => {
    served = await serve();
    await expect(serve({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "token-required" });
    await expect(serve({ host: "::" })).rejects.toMatchObject({ code: "token-required" });
    await expect(serve({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "token-required" });
  });

  it("says when it is taken", async () => {
    served = await serve();
    await expect(serve({ port: served.port })).rejects.toMatchObject({ code: "invalid-config" });
  });
});
