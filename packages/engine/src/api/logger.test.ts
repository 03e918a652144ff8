import { afterEach, describe, expect, it } from "vitest";
import type { Logger } from "./logger.js";
import { serve, type Served } from "./peer.test.support.js";

let served: Served;
afterEach(() => served.api.close());

describe("the log of the API", () => {
  it("has a static message and fields, and a fault of Capstan as an error with its cause", async () => {
    const lines: [string, string, object][] = [];
    const take = (level: string) => (fields: object, message: string) => void lines.push([level, message, fields]);
    const logger: Logger = { debug: take("debug"), info: take("info"), warn: take("warn"), error: take("error") };
    served = await serve({ logger });
    await fetch(`${served.base}/tasks/nonsense`);
    const cause = new TypeError("x is not a function");
    served.operations.getTaskset = () => Promise.reject(cause);
    const answer = await fetch(`${served.base}/tasksets/set_${"0".repeat(22)}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([500, "internal"]);
    expect(lines).toEqual([
      ["info", "api listens", { url: served.api.url }],
      ["debug", "request refused", expect.objectContaining({ code: "invalid-id", method: "GET" })],
      ["error", "request failed", expect.objectContaining({ error: cause })],
    ]);
  });
});
