import { afterEach, describe, expect, test } from "vitest";
import { closeRig, settle, startRig, type Rig, type RigOptions } from "../worker.test.support.js";
import { workerUrl } from "./address.js";

let rig: Rig;
const url = workerUrl("memory://engine", "default");

async function start(options?: RigOptions): Promise<Rig> {
  rig = await startRig(options);
  await settle();
  return rig;
}

afterEach(() => closeRig(rig));

async function hold(name: string, isSafeToRerun: boolean): Promise<string> {
  const before = rig.held.started.length;
  rig.peer.launch(rig.held.task("hold", name, { grant: { isSafeToRerun } }));
  await settle();
  return rig.held.started[before]!;
}

describe("heartbeats", () => {
  test("go out at the interval of the welcome, and name the trials only when they have changed", async () => {
    const { peer, clock } = await start({ peer: { heartbeatMs: 1_000 } });
    await clock.advance(1_000);
    const trial = await hold("a", true);
    await clock.advance(2_000);
    expect(peer.all("heartbeat").map(({ sequence, trials }) => [sequence, trials])).toEqual([
      [1, []],
      [2, [trial]],
      [3, undefined],
    ]);
  });

  test("are the only timer of an idle worker", async () => {
    const { clock } = await start();
    expect(clock.timerCount).toBe(1);
  });

  test("that are not answered end the connection after two of them and a margin, and the session is resumed", async () => {
    const { peer, clock, events } = await start();
    const trial = await hold("a", true);
    peer.does.beat = false;
    await clock.advance(2_000 + 4_400);
    expect(peer.connections).toBe(1);
    await clock.advance(300);
    expect(peer.connections).toBe(2);
    peer.does.beat = true;
    await settle();
    expect(peer.all("hello")[1]).toMatchObject({ session: peer.session, trials: [{ trial, state: "running" }] });
    expect(events.map(({ type }) => type).filter((type) => type === "lost" || type === "resumed")).toEqual([
      "lost",
      "resumed",
    ]);
  });

  test("of which the answer says that a trial is unknown stop it", async () => {
    const { peer, clock } = await start({ peer: { does: { beat: false } } });
    const trial = await hold("a", true);
    await clock.advance(2_000);
    const { sequence } = await peer.next("heartbeat");
    peer.send({ type: "heartbeat", sequence, unknown: [trial] });
    expect(await peer.next("stopped")).toMatchObject({ trial });
  });

  test("a stall of the worker itself does not end a connection whose answers wait to be read", async () => {
    const { peer, clock } = await start();
    await clock.advance(2_000);
    // The process stands still for a minute: its clocks went on, the answer of the engine was not read.
    peer.does.beat = false;
    await clock.advance(2_000);
    const [, second] = peer.all("heartbeat");
    clock.shiftWall(60_000);
    await clock.advance(2_000);
    peer.does.beat = true;
    peer.send({ type: "heartbeat", sequence: second!.sequence });
    await clock.advance(2_000);
    expect(peer.connections).toBe(1);
  });
});

describe("a worker that is cut off", () => {
  test("ends what is not safe to rerun at 0.8 of the lease, counted from the sending of the last answered heartbeat", async () => {
    const { peer, clock, worker, events } = await start({ worker: { slots: 3 } });
    const unsafe = await hold("unsafe", false);
    await hold("safe", true);
    await clock.advance(2_000);
    await settle();
    // The heartbeat at 2,000 was answered; nothing is from now on.
    const stop = rig.transport.listen(url, () => {});
    stop();
    peer.cut();
    await clock.advance(7_990);
    expect(worker.status().trialsRunning).toBe(2);
    await clock.advance(20);
    expect(worker.status()).toMatchObject({ trialsRunning: 1, trialsUnanswered: 1 });
    expect(events.filter((event) => event.type === "cutOff")).toEqual([{ type: "cutOff", trials: [unsafe] }]);
    await clock.advance(60_000);
    expect(worker.status().trialsRunning).toBe(1);
    rig.transport.listen(url, peer.listen);
    await clock.advance(6_000);
    expect(await peer.next("stopped")).toMatchObject({ trial: unsafe, reason: "lease", hasBegun: true });
  });

  test("counts a trial that was granted after the last answer from the sending of its accept", async () => {
    const { peer, clock, worker } = await start();
    await clock.advance(3_000);
    await hold("unsafe", false);
    const stop = rig.transport.listen(url, () => {});
    stop();
    peer.cut();
    await clock.advance(7_990);
    expect(worker.status().trialsRunning).toBe(1);
    await clock.advance(20);
    expect(worker.status().trialsRunning).toBe(0);
  });

  test("a lease of its own may be shorter than those before it", async () => {
    const { peer, clock, worker } = await start({ peer: { leaseMs: 60_000 } });
    await hold("long", false);
    peer.launch(rig.held.task("hold", "short", { grant: { isSafeToRerun: false, leaseMs: 2_500 } }));
    await settle();
    const stop = rig.transport.listen(url, () => {});
    stop();
    peer.cut();
    await clock.advance(2_010);
    expect(worker.status().trialsRunning).toBe(1);
  });

  test("looks at its leases before anything else once it wakes from suspension", async () => {
    const { peer, clock, worker } = await start();
    const trial = await hold("unsafe", false);
    clock.shiftWall(60_000);
    rig.held.gate("unsafe").open("too late");
    const prefetched = rig.held.task("echo", 1);
    peer.launch(prefetched);
    await settle();
    expect(worker.status().trialsRunning).toBe(0);
    expect(rig.events.find((event) => event.type === "cutOff")).toMatchObject({ trials: [trial] });
  });

  test("goes on with everything while its heartbeats are answered", async () => {
    const { clock, worker } = await start();
    await hold("unsafe", false);
    await clock.advance(300_000);
    expect(worker.status().trialsRunning).toBe(1);
  });
});

describe("joining", () => {
  test("is tried again, later and later up to 5 s, until the engine is there", async () => {
    const { peer, clock, events } = await start();
    const stop = rig.transport.listen(url, () => {});
    stop();
    peer.cut();
    await clock.advance(60_000);
    const delays = events.flatMap((event) => (event.type === "lost" ? [event.retryMs] : []));
    expect(delays[0]).toBeLessThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(2_500);
    expect(delays.length).toBeLessThan(35);
    rig.transport.listen(url, peer.listen);
    await clock.advance(5_000);
    expect(rig.worker.status().state).toBe("ready");
  });

  test("is given up and tried anew when hello is not answered", async () => {
    const { peer, clock } = await start();
    peer.does.welcome = false;
    peer.cut();
    await clock.advance(100);
    expect([peer.connections, rig.worker.status().state]).toEqual([2, "joining"]);
    peer.does.welcome = true;
    await clock.advance(10_200);
    expect([peer.connections, rig.worker.status().state]).toEqual([3, "ready"]);
  });

  test("goes on without the session when the engine says that it is another's", async () => {
    const { peer, clock } = await start();
    peer.does.welcome = false;
    peer.cut();
    await clock.advance(100);
    peer.does.welcome = true;
    peer.send({ type: "refuse", code: "session-taken", message: "join anew" });
    await clock.advance(200);
    const hellos = peer.all("hello");
    expect([hellos[1]?.session, hellos[2]?.session]).toEqual([peer.session, undefined]);
    expect(rig.worker.status().state).toBe("ready");
  });
});
