import { afterEach, describe, expect, test } from "vitest";
import { closeRig, settle, startRig, type Rig, type RigOptions } from "../worker.test.support.js";

let rig: Rig;

async function start(options?: RigOptions): Promise<Rig> {
  rig = await startRig(options);
  await settle();
  return rig;
}

afterEach(() => closeRig(rig));

describe("the output of trials", () => {
  test("arrives whole and in order before the report, and progress with it", async () => {
    const { peer, held } = await start();
    peer.launch(held.task("say", { lines: 50, text: "line äöü" }));
    const { trial } = await peer.result(1);
    const lines = (peer.logs.get(`${trial} stderr`) ?? peer.logs.get(`${trial} stdout`)!).trimEnd().split("\n");
    expect(lines).toHaveLength(50);
    const types = peer.received.items.map(({ type }) => type);
    expect(types.lastIndexOf("log")).toBeLessThan(types.indexOf("result"));
    expect(rig.worker.status().trialsUnanswered).toBe(0);
  });

  test("is kept until it is acknowledged, also when the report is answered, and sent again after a reconnection", async () => {
    const { peer, held, clock, worker } = await start({ peer: { does: { logged: false } } });
    peer.launch(held.task("say", { lines: 5, text: "x" }));
    const { trial } = await peer.result(1);
    await settle();
    const first = peer.all("log");
    expect(worker.status().trialsUnanswered).toBe(0);
    peer.cut();
    await clock.advance(100);
    await settle();
    expect(peer.all("log").slice(first.length)).toEqual(first);
    peer.send({ type: "logged", trial, sequence: first.at(-1)!.sequence });
    await settle();
    peer.cut();
    await clock.advance(200);
    await settle();
    expect([peer.connections, peer.all("log").length]).toEqual([3, 2 * first.length]);
  });

  test("is not kept for a report that was refused", async () => {
    const { peer, held, worker } = await start({ peer: { does: { logged: false, answer: false } } });
    peer.launch(held.task("say", { lines: 5, text: "x" }));
    const { trial } = await peer.next("result");
    peer.send({ type: "refused", trial, reason: "stale-lease" });
    await settle();
    await worker.drain();
    expect(worker.status().trialsUnanswered).toBe(0);
  });

  test("beyond what answered trials may keep goes, the oldest first", async () => {
    const { peer, held, worker } = await start({
      peer: { does: { logged: false } },
      worker: { limits: { logBytesMax: 10 } },
    });
    for (let n = 1; n <= 5; n += 1) {
      peer.launch(held.task("say", { lines: 2, text: "a text of some length" }));
      await peer.result(n);
      await settle();
    }
    await worker.drain();
  });
});

describe("reports", () => {
  test("whose output is no JSON, or whose counts and errors are beyond the limits, are still reports", async () => {
    const { peer, held } = await start();
    peer.launch(held.task("odd", "bigint"), held.task("odd", "throw"), held.task("odd", "undefined"));
    await peer.result(3);
    const byStatus = peer.results.items.map((report) => (report.type === "result" ? report : undefined));
    expect(byStatus.map((report) => report?.status).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      "failed",
      "failed",
      "succeeded",
    ]);
    expect(byStatus.some((report) => report?.error?.message.length === 16_384)).toBe(true);
  });
});

describe("a report whose output is nested deep", () => {
  test("is one that every engine takes: the trial fails, and says why", async () => {
    const { peer, held } = await start();
    peer.launch(held.task("odd", "deep"));
    expect(await peer.result(1)).toMatchObject({
      status: "failed",
      error: { message: "the output is nested more than 200 deep; flatten it", isRetryable: false },
    });
    expect(peer.connections).toBe(1);
  });
});

describe("offers", () => {
  test("of a runtime or of an inline revision that is not here are declined as unsupported", async () => {
    const { peer, held } = await start();
    peer.launch({ ...held.task("echo"), runtime: "node" });
    expect(await peer.next("decline")).toMatchObject({ reason: "unsupported" });
    peer.queue.length = 0;
    peer.launch({ ...held.task("echo"), revision: `rev_${"0".repeat(26)}` });
    expect(await peer.next("decline", ({ offer }) => offer !== 1)).toMatchObject({ reason: "unsupported" });
    peer.queue.length = 0;
  });

  test("of inline plugins come by their revision, which the worker deployed and asks for", async () => {
    const { peer, held, http } = await start();
    expect(http.calls).toEqual(["POST plugins/held/revisions"]);
    expect(peer.all("hello")[0]).toMatchObject({ revisions: [held.revision], runtimes: ["inline"], slots: 2 });
    expect(peer.all("acquire")[0]).toEqual({ type: "acquire", revisions: [held.revision], credits: 2 });
  });
});
