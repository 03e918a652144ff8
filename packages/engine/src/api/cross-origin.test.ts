import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeCrossOrigin } from "./cross-origin.js";

const page = "https://app.example.com";
let server: Server;
let url = "";

beforeAll(async () => {
  const crossOrigin = makeCrossOrigin([page]);
  server = createServer((request, response) => void (crossOrigin(request, response) || response.end("answered")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

const preflight = (origin: string): Promise<Response> =>
  fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, content-type",
    },
  });

describe("a page of an origin that is allowed", () => {
  it("is told so before it calls, and in the answer", async () => {
    const asked = await preflight(page);
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-origin")).toBe(page);
    expect(asked.headers.get("access-control-allow-headers")).toBe("authorization, content-type");
    const answer = await fetch(url, { headers: { origin: page } });
    expect([await answer.text(), answer.headers.get("access-control-allow-origin")]).toEqual(["answered", page]);
  });
});

describe("a page of any other origin", () => {
  it.each(["https://evil.example.com", `${page}.evil.com`, "null", "http://app.example.com"])(
    "%s is told nothing, and the answer goes its ordinary way",
    async (origin) => {
      const asked = await preflight(origin);
      expect([await asked.text(), asked.headers.get("access-control-allow-origin")]).toEqual(["answered", null]);
      expect(asked.headers.get("vary")).toBe("Origin");
    },
  );
});

describe("an origin", () => {
  it.each(["*", "app.example.com", "https://app.example.com/", "https://app.example.com/path", "file:///etc"])(
    "%s is refused",
    (text) => expect(() => makeCrossOrigin([text])).toThrow(expect.objectContaining({ code: "invalid-config" })),
  );
});
