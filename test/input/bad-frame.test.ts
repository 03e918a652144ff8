import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withBed, type ProcessBed } from "../bed/process-bed.js";
import { heldOf, RawWorker, successOf } from "../bed/raw-worker.js";

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

const command = { command: ["true"] };
const task = `task_${"0".repeat(22)}`;
const report = { trial: `trial_${"0".repeat(22)}_1`, timings: { durationMs: 1 }, hasBegun: true };

const frames: Readonly<Record<string, string | Buffer>> = {
  "that is no JSON": "}{",
  "of bytes": Buffer.from([0, 255, 1, 254]),
  "that is no array": '{"type":"heartbeat","sequence":1}',
  "with an unknown message": '[{"type":"coffee"}]',
  "with an unknown field": '[{"type":"heartbeat","sequence":1,"mood":"good"}]',
  "with a wrong type": '[{"type":"acquire","revisions":"any","credits":"many"}]',
  "with more credits than may be": '[{"type":"acquire","revisions":"any","credits":1e9}]',
  "with a report without a token": JSON.stringify([{ type: "result", ...report, status: "succeeded", token: "none" }]),
  "nested without end": "[".repeat(100_000),
};

describe("a frame", () => {
  for (const [name, frame] of Object.entries(frames)) {
    test(`${name} ends the connection with the reason, and the session goes on over the next one`, async () => {
      const { worker, welcome } = await RawWorker.join(bed.url, { name: "bad" });
      worker.sendText(frame);
      const refusal = typeof frame === "string" ? await worker.next("refuse") : undefined;
      if (refusal !== undefined) {
        expect(refusal.code).toMatch(/protocol-violation|invalid-request|too-large/);
        expect(refusal.message.length).toBeGreaterThan(10);
      }
      await worker.closed;
      const back = await RawWorker.join(bed.url, { name: "bad", session: welcome.session });
      expect(back.welcome.isResumed).toBe(true);
      back.worker.send({ type: "leave" });
      await back.worker.closed;
    });
  }

  test("out of state is refused: anything before hello, a second hello", async () => {
    const early = await RawWorker.connect(bed.url);
    early.send({ type: "heartbeat", sequence: 1 });
    expect(await early.next("refuse")).toMatchObject({ code: "protocol-violation" });
    await early.closed;
    const { worker } = await RawWorker.join(bed.url);
    worker.hello();
    expect(await worker.next("refuse")).toMatchObject({ code: "protocol-violation" });
    await worker.closed;
  });

  test("of another version of the protocol is refused with what to do", async () => {
    const worker = await RawWorker.connect(bed.url);
    worker.hello({ protocol: 99 });
    expect(await worker.next("refuse")).toMatchObject({ code: "unsupported-protocol", message: /update the engine/ });
    await worker.closed;
  });

  test("larger than may be cuts the connection, and the engine lives", async () => {
    const { worker } = await RawWorker.join(bed.url);
    worker.sendText("x".repeat(40 * 1024 * 1024));
    expect((await worker.closed).code).toBe(1009);
    expect((await bed.client.health()).status).toBe("ok");
  });

  test("that accepts an offer which was never made is halted", async () => {
    const { worker } = await RawWorker.join(bed.url);
    worker.send({ type: "accept", offer: 123_456 });
    expect(await worker.next("halt")).toMatchObject({ offer: 123_456, reason: "unknown-offer" });
    worker.send({ type: "leave" });
    await worker.closed;
  });
});

describe("a report", () => {
  test("with a stale token is refused, and the task's verdict is that of the valid one", async () => {
    const first = await RawWorker.join(bed.url, { name: "first" });
    const handle = await bed.client.launch("command/run", command);
    const stale = await first.worker.take();
    const spawner = await RawWorker.connect(bed.url);
    const { id, secret } = first.welcome.session;
    spawner.send({ type: "workerDied", session: id, secret, trials: [stale.trial] });
    await Promise.all([spawner.closed, first.worker.closed]);
    const second = await RawWorker.join(bed.url, { name: "second" });
    const valid = await second.worker.take();
    expect(valid.task).toBe(stale.task);
    const back = await RawWorker.join(bed.url, { name: "first", session: first.welcome.session });
    expect(back.welcome.isResumed).toBe(false);
    back.worker.send(successOf(stale, "stale"));
    expect(await back.worker.next("refused")).toMatchObject({ trial: stale.trial });
    // The token of one trial proves nothing of another, not even of the same task.
    back.worker.send(successOf({ ...valid, token: stale.token }, "forged"));
    expect(await back.worker.next("refused", 2)).toMatchObject({ trial: valid.trial });
    second.worker.send(successOf(valid, "valid"));
    await second.worker.next("accepted");
    expect(await handle.result()).toBe("valid");
    for (const { worker } of [back, second]) worker.cut();
  }, 20_000);

  test("on a trial of another worker is refused even with its token", async () => {
    const owner = await RawWorker.join(bed.url, { name: "owner" });
    const handle = await bed.client.launch("command/run", command);
    const grant = await owner.worker.take();
    const thief = await RawWorker.join(bed.url, { name: "thief", trials: [heldOf(grant, "running")] });
    expect(thief.welcome.fates).toMatchObject([{ fate: "stop" }]);
    thief.worker.send(successOf(grant, "stolen"));
    expect(await thief.worker.next("refused")).toMatchObject({ trial: grant.trial });
    owner.worker.send(successOf(grant, "mine"));
    await owner.worker.next("accepted");
    expect(await handle.result()).toBe("mine");
    for (const { worker } of [owner, thief]) worker.cut();
  });

  test("on a trial that never was is refused", async () => {
    const { worker } = await RawWorker.join(bed.url);
    const trial = `trial_${task.slice("task_".length)}_1`;
    worker.send({ ...report, type: "result", status: "succeeded", trial, token: "1.1.1.aaaaaaaaaaaaaaaaaaaaaa" });
    expect(await worker.next("refused")).toMatchObject({ trial, reason: "unknown-trial" });
    worker.cut();
  });
});
