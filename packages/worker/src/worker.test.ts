import { afterEach, describe, expect, test } from "vitest";
import { closeRig, settle, startRig, type Rig, type RigOptions } from "./worker.test.support.js";

let rig: Rig;

async function start(options?: RigOptions): Promise<Rig> {
  rig = await startRig(options);
  await settle();
  return rig;
}

afterEach(() => closeRig(rig));

describe("a worker", () => {
  test("joins, asks for work for all slots, and runs what it is granted", async () => {
    const { peer, held, worker } = await start();
    expect(worker.status()).toMatchObject({ state: "ready", credits: 2, slotsBusy: 0, revisions: [held.revision] });
    peer.launch(held.task("echo", { a: [1, "ü"] }));
    const report = await peer.result(1);
    expect(report).toMatchObject({ type: "result", status: "succeeded", output: { a: [1, "ü"] }, hasBegun: true });
    await settle();
    expect(worker.status()).toMatchObject({ credits: 2, slotsBusy: 0, trialsUnanswered: 0 });
  });

  test("puts a result, the accept of what was prefetched and the next credit into one frame", async () => {
    const { peer, held } = await start({ worker: { slots: 1 } });
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    const prefetched = peer.prefetch(held.task("echo", 2));
    await settle();
    expect(peer.all("accept")).toHaveLength(1);
    const before = peer.received.items.length;
    held.gate("a").open("A");
    await peer.result(2);
    await settle();
    const types = peer.received.items.slice(before).map(({ type }) => type);
    expect(types).toEqual(["result", "accept", "result", "acquire"]);
    expect(peer.all("accept")[1]?.offer).toBe(prefetched);
  });

  test("forgets a prefetched offer that is revoked", async () => {
    const { peer, held } = await start({ worker: { slots: 1 } });
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    peer.revoke(peer.prefetch(held.task("echo", 2)));
    await settle();
    held.gate("a").open("A");
    await peer.result(1);
    await peer.result(2);
    expect(peer.all("accept").map(({ offer }) => offer)).toEqual([1, 3]);
  });

  test("does not start what is halted, and offers the slot again", async () => {
    const { peer, held, worker } = await start({ worker: { slots: 1 }, peer: { does: { grant: false } } });
    peer.launch(held.task("hold", "a"));
    const { offer } = await peer.next("accept");
    expect(worker.status()).toMatchObject({ slotsBusy: 1, credits: 0 });
    peer.does.offer = false;
    peer.halt(offer);
    await settle();
    expect(worker.status()).toMatchObject({ slotsBusy: 0, credits: 1 });
    expect(held.started).toEqual([]);
  });

  test("stops a trial when told to, and says stopped", async () => {
    const { peer, held } = await start();
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    await settle();
    const [trial] = peer.running;
    peer.send({ type: "stop", trial: trial!, reason: "cancel", graceMs: 1_000 });
    expect(await peer.result(1)).toMatchObject({ type: "stopped", trial, reason: "cancel", hasBegun: true });
  });

  test("reports a result that beat the stop", async () => {
    const { peer, held } = await start({ peer: { does: { answer: false } } });
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    await settle();
    const [trial] = peer.running;
    held.gate("a").open("done");
    await peer.next("result");
    peer.send({ type: "stop", trial: trial!, reason: "cancel", graceMs: 1_000 });
    await settle();
    expect(peer.all("stopped")).toEqual([]);
    expect(peer.all("result")).toHaveLength(1);
  });

  test("answers a grant of an offer that it did not accept with stopped, and never runs it", async () => {
    const { peer, held } = await start({ peer: { does: { grant: false } } });
    peer.launch(held.task("hold", "a"));
    const { offer } = await peer.next("accept");
    const grant = peer.grant(offer)!;
    await settle();
    peer.send(grant, { ...grant, offer: 99, trial: `${grant.trial}1` });
    peer.granted.set(`${grant.trial}1`, { grant, task: held.task("hold") });
    const stopped = await peer.next("stopped");
    expect(stopped).toMatchObject({ trial: `${grant.trial}1`, hasBegun: false });
    expect(held.started).toEqual([grant.trial]);
  });

  test("runs no second trial under an id that it holds, and has its slot free again", async () => {
    const { peer, held, worker } = await start({ peer: { does: { answer: false } } });
    peer.launch(held.task("echo", 7));
    const first = await peer.next("result");
    peer.launch({ ...held.task("echo", 8), grant: { trial: first.trial } });
    const stopped = await peer.next("stopped");
    expect(stopped).toMatchObject({ trial: first.trial, hasBegun: false });
    expect(stopped.token).not.toBe(first.token);
    expect(peer.all("result")).toHaveLength(1);
    expect(worker.status()).toMatchObject({ slotsBusy: 0, trialsUnanswered: 1 });
  });

  test("keeps a result until it is answered, across connections, and tells it again as late", async () => {
    const { peer, held, clock, worker } = await start({ peer: { does: { answer: false } } });
    peer.launch(held.task("echo", 7));
    const first = await peer.next("result");
    peer.cut();
    await settle();
    expect(worker.status()).toMatchObject({ state: "away", credits: 0, trialsUnanswered: 1 });
    await clock.advance(5_000);
    const hello = peer.all("hello")[1]!;
    expect(hello.session).toEqual(peer.session);
    expect(hello.trials).toMatchObject([{ trial: first.trial, token: first.token, state: "ended" }]);
    peer.does.answer = true;
    await settle();
    const again = peer.all("result")[1]!;
    expect(again).toEqual({ ...first, timings: { ...first.timings, endedAgoMs: expect.any(Number) as number } });
    peer.answer(again);
    await settle();
    expect(worker.status()).toMatchObject({ trialsUnanswered: 0, credits: 2, state: "ready" });
  });

  test("goes on running safe trials while it is away, and names them when it is back", async () => {
    const { peer, held, clock, worker } = await start();
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    await settle();
    const stopListening = rig.transport.listen(rigUrl, () => {});
    stopListening();
    peer.cut();
    await clock.advance(60_000);
    expect(worker.status()).toMatchObject({ trialsRunning: 1 });
    rig.transport.listen(rigUrl, peer.listen);
    await clock.advance(5_000);
    expect(peer.all("hello").at(-1)?.trials).toMatchObject([{ state: "running" }]);
    held.gate("a").open("late");
    expect(await peer.result(1)).toMatchObject({ status: "succeeded", output: "late" });
  });

  test("stops what the welcome says is not wanted any more", async () => {
    const { peer, held, clock } = await start();
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    await settle();
    const [trial] = peer.running;
    peer.does.welcome = false;
    peer.cut();
    await clock.advance(50);
    peer.welcome([{ trial: trial!, fate: "stop", reason: "stale-lease" }], true);
    await settle();
    expect(await peer.next("stopped")).toMatchObject({ trial });
  });

  test("closes a connection on which a message has no place, and joins again", async () => {
    const { peer, clock, events } = await start();
    for (const text of ["[]]", '{"type":"offer"}', '[{"type":"nonsense"}]', '[{"type":"offer","offer":"x"}]']) {
      const { connections } = peer;
      peer.sendText(text);
      await clock.advance(5_000);
      expect([text, peer.connections]).toEqual([text, connections + 1]);
    }
    const { connections } = peer;
    peer.welcome([], true);
    await clock.advance(5_000);
    expect(peer.connections).toBe(connections + 1);
    const lost = events.filter((event) => event.type === "lost");
    expect(lost.map(({ error }) => error.code)).toEqual(Array(5).fill("protocol-violation"));
  });

  test("drains: declines, finishes what runs, and takes work again when undrained", async () => {
    const { peer, held, worker } = await start({ worker: { slots: 1 } });
    peer.launch(held.task("hold", "a"));
    await peer.next("accept");
    peer.prefetch(held.task("echo", 1));
    await settle();
    peer.send({ type: "drain", reason: "maintenance" });
    expect(await peer.next("decline")).toMatchObject({ reason: "draining" });
    held.gate("a").open(1);
    await peer.result(1);
    await settle();
    expect(worker.status()).toMatchObject({ isDraining: true, credits: 0, slotsBusy: 0 });
    peer.send({ type: "undrain" });
    await peer.result(2);
    expect(worker.status()).toMatchObject({ isDraining: false });
  });

  test("leaves when it is closed: waits for its trials, stops the stubborn, reports, and disconnects", async () => {
    const { peer, held, worker, clock } = await start();
    peer.launch(held.task("hold", "a"), held.task("stubborn", "b"));
    await settle();
    const closing = worker.close({ graceMs: 5_000, stopGraceMs: 500 });
    await settle();
    expect(peer.all("leave")).toHaveLength(1);
    expect(worker.status().state).toBe("ready");
    held.gate("a").open("in time");
    expect(await peer.result(1)).toMatchObject({ status: "succeeded" });
    await clock.advance(5_600);
    expect(await peer.result(2)).toMatchObject({ type: "stopped", reason: "shutdown" });
    await settle();
    await clock.advance(3_000);
    await closing;
    expect(worker.status()).toMatchObject({ state: "closed", trialsRunning: 0 });
    expect(peer.isConnected).toBe(false);
  });
});

describe("a worker that drains", () => {
  test("is let go by the engine once nothing of it is left, and does not come back", async () => {
    const { peer, held, worker, clock } = await start();
    peer.launch(held.task("hold", "a"));
    await settle();
    const drained = worker.drain();
    await settle();
    expect([peer.isConnected, worker.status().isDraining]).toEqual([true, true]);
    held.gate("a").open(1);
    await drained;
    await clock.advance(60_000);
    expect([peer.connections, peer.isConnected, worker.status().state]).toEqual([1, false, "closed"]);
  });

  test("frees the slot of an accepted offer whose time was over before its grant", async () => {
    const { peer, held, worker } = await start({ worker: { slots: 1 }, peer: { does: { grant: false } } });
    peer.launch(held.task("hold", "a"));
    const { offer } = await peer.next("accept");
    peer.does.offer = false;
    peer.send({ type: "revoke", offer });
    await settle();
    expect(worker.status()).toMatchObject({ slotsBusy: 0, credits: 1 });
  });
});

const rigUrl = "memory://engine/v1/namespaces/default/worker";
