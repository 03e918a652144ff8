import * as fc from "fast-check";
import { expect, test } from "vitest";
import { closeRig, settle, startRig, type Rig } from "./worker.test.support.js";

/** What may happen between a worker and its engine, in any order. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("launch" as const), gate: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("prefetch" as const), gate: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("finish" as const), gate: fc.integer({ min: 0, max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "halt" as const,
        "revoke" as const,
        "stop" as const,
        "grantAgain" as const,
        "answerAgain" as const,
      ),
      at: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "cut" as const,
        "drain" as const,
        "undrain" as const,
        "mute" as const,
        "unmute" as const,
        "garbage" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("mayGrant" as const), is: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 9_000 }) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

async function act(rig: Rig, action: Action): Promise<void> {
  const { peer, held, clock } = rig;
  const trials = [...peer.granted.values()];
  const pick = "at" in action && trials.length > 0 ? trials[action.at % trials.length]! : undefined;
  const trial = pick?.grant.trial ?? "";
  switch (action.do) {
    case "launch":
      return peer.launch(held.task("hold", `g${action.gate}`));
    case "prefetch":
      if (peer.isConnected && peer.offersOut.length < 20) peer.prefetch(held.task("hold", `g${action.gate}`));
      return;
    case "finish":
      return held.gate(`g${action.gate}`).open(action.gate);
    case "revoke":
      return peer.revoke(peer.offersOut[0] ?? 0);
    case "halt":
      return peer.halt(peer.offersOut[0] ?? 0);
    case "stop":
      if (pick !== undefined) peer.send({ type: "stop", trial, reason: "cancel", graceMs: 100 });
      return;
    case "grantAgain":
      if (pick !== undefined && peer.running.has(trial)) peer.send(pick.grant);
      return;
    case "answerAgain":
      if (peer.results.items.some((report) => report.trial === trial)) peer.send({ type: "accepted", trial });
      return;
    case "cut":
      return peer.cut();
    case "drain":
      return peer.send({ type: "drain", reason: "test" });
    case "undrain":
      return peer.send({ type: "undrain" });
    case "mute":
    case "unmute":
      peer.does.beat = action.do === "unmute";
      return;
    case "garbage":
      return peer.sendText('[{"type":"grant"}]');
    case "mayGrant":
      peer.does.grant = action.is;
      return;
    case "pass":
      return clock.advance(action.ms);
  }
}

async function bringToAnEnd(rig: Rig): Promise<void> {
  const { peer, held, clock } = rig;
  peer.does.beat = true;
  peer.does.grant = true;
  for (let round = 0; round < 60; round += 1) {
    peer.send({ type: "undrain" });
    for (const offer of peer.offersOut) peer.grant(offer);
    for (let gate = 0; gate <= 5; gate += 1) held.gate(`g${gate}`).open("end");
    await clock.advance(1_000);
    await settle();
    const { state, trialsUnanswered, trialsRunning } = rig.worker.status();
    const isDone = state === "ready" && trialsUnanswered === 0 && trialsRunning === 0;
    if (isDone && peer.queue.length === 0 && peer.offersOut.length === 0) return;
  }
}

test("whatever happens in whatever order: nothing runs without a grant, one report a trial counts, and no slot is lost", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      async (actions, slots, seed) => {
        const rig = await startRig({ worker: { slots }, seed });
        try {
          for (const step of actions) {
            await act(rig, step);
            await settle(2);
            const status = rig.worker.status();
            expect(status.credits).toBeLessThanOrEqual(slots);
            expect(status.slotsBusy).toBeLessThanOrEqual(slots);
            expect(status.trialsRunning).toBeLessThanOrEqual(slots);
          }
          await bringToAnEnd(rig);
          const { started } = rig.held;
          expect(started.every((trial) => rig.peer.granted.has(trial))).toBe(true);
          expect(new Set(started).size).toBe(started.length);
          const reported = rig.peer.results.items.map(({ trial }) => trial);
          expect(new Set(reported).size).toBe(reported.length);
          expect(rig.worker.status()).toMatchObject({
            state: "ready",
            credits: slots,
            slotsBusy: 0,
            trialsUnanswered: 0,
          });
          expect(rig.peer.queue).toEqual([]);
          expect(rig.peer.violations).toEqual([]);
        } finally {
          await closeRig(rig);
        }
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);
