import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moment, problemOf, serve, type Served } from "./peer.test.support.js";

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.api.close());

const trial = `trial_${"0".repeat(21)}1_1`;
const read = (query = "", init: RequestInit = {}) => fetch(`${served.base}/trials/${trial}/stdout${query}`, init);

describe("a trial's log", () => {
  it("is read whole, beyond one slice", async () => {
    const text = "línea — 1234567890\n".repeat(40_000);
    served.operations.write(trial, text, true);
    const answer = await read();
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await answer.text()) === text).toBe(true);
  });

  it("is read in ranges", async () => {
    served.operations.write(trial, "0123456789");
    expect(await (await read("?offset=2&limit=3")).text()).toBe("234");
    expect(await (await read("?offset=8")).text()).toBe("89");
    expect(await (await read("?offset=99")).text()).toBe("");
    expect(await (await fetch(`${served.base}/trials/${trial}/stderr?limit=2`)).text()).toBe("01");
  });

  it("of an unknown trial is an error, followed or not", async () => {
    for (const query of ["", "?follow=true"]) {
      expect(await problemOf(await read(query))).toMatchObject({ status: 404, code: "not-found" });
    }
  });

  it("is followed until the trial ends, with what it wrote at the very end", async () => {
    served.operations.write(trial, "");
    const following = moment(served.operations, "follow");
    const answer = await read("?follow=true");
    await following;
    const body = (answer.body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => Buffer.from((await body.next()).value as Uint8Array).toString();
    served.operations.write(trial, "one ");
    expect(await next()).toBe("one ");
    served.operations.write(trial, "two ");
    expect(await next()).toBe("two ");
    served.operations.write(trial, "three", true);
    expect(await next()).toBe("three");
    expect((await body.next()).done).toBe(true);
  });

  it("is not followed any longer when the client has gone", async () => {
    served.operations.write(trial, "so far");
    const client = new AbortController();
    const following = moment(served.operations, "follow");
    const left = moment(served.operations, "unfollow");
    await read("?follow=true", { signal: client.signal });
    await following;
    client.abort();
    await left;
    expect(served.operations.logs.get(trial)!.followers.size).toBe(0);
  });

  it("ends for followers when the API closes", async () => {
    served.operations.write(trial, "so far");
    const answer = await read("?follow=true");
    await served.api.close();
    expect(await answer.text()).toBe("so far");
  });
});
