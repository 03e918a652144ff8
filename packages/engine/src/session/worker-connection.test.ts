import { checkState } from "@capstan/core";
import type { WorkerMessage } from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed, type TestWorker } from "../engine/engine-bed.test.support.js";

const knownTypes = ["hello", "acquire", "accept", "decline", "result", "stopped", "heartbeat", "leave", "workerDied"];

describe("a worker's connection", () => {
  it.each([
    ["garbage", "}{", "protocol-violation"],
    ["no array", "{}", "protocol-violation"],
    ["an unknown message", '[{"type":"dance"}]', "protocol-violation"],
    ["anything before hello", '[{"type":"getDeployInfo"}]', "protocol-violation"],
    ["another version", undefined, "unsupported-protocol"],
  ] as const)("is refused by code, with a remedy: %s", async (_, frame, code) => {
    await withBed(async (bed) => {
      const worker = bed.worker();
      await worker.connect();
      worker.sendText(frame ?? JSON.stringify([worker.hello({ protocol: 99 })]));
      await bed.settle();
      const refusal = worker.last("refuse");
      expect(refusal.message.length).toBeGreaterThan(10);
      expect([refusal.code, worker.closed]).toEqual([code, code]);
    })();
  });

  it(
    "is refused when it says hello twice, and what it had said before holds",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      await worker.send(worker.hello());
      expect(worker.last("refuse").code).toBe("protocol-violation");
      expect(bed.operations.listWorkers(namespace)).toHaveLength(1);
    }),
  );

  it(
    "resumes its session with the right secret only",
    withBed(async (bed) => {
      const worker = bed.worker();
      const { worker: id } = await worker.join();
      await worker.cut();
      worker.session = { ...worker.session!, secret: "guessed" };
      expect((await worker.join()).worker).not.toBe(id);
    }),
  );

  it(
    "keeps a trial through a closed connection",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const { task } = await bed.launch();
      await bed.settle();
      const grant = await worker.accept();
      await worker.cut();
      await bed.advance(8_000);
      const held = {
        trial: grant.trial,
        task,
        token: grant.token,
        revision: grant.revision,
        state: "running",
      } as const;
      const welcome = await worker.join({ trials: [held] });
      expect(welcome).toMatchObject({ isResumed: true, fates: [{ trial: grant.trial, fate: "adopted" }] });
      await worker.report(grant);
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({
        status: "succeeded",
        trials: { lost: 0, total: 1 },
      });
    }),
  );

  it(
    "tells a worker that comes back that it is drained no more",
    withBed(async (bed) => {
      const worker = bed.worker();
      const { worker: id } = await worker.join();
      await bed.operations.drainWorker(namespace, id, true);
      await worker.cut();
      await bed.operations.drainWorker(namespace, id, false);
      await worker.join();
      expect(worker.all("undrain")).toHaveLength(1);
    }),
  );

  it(
    "loses the trials of a worker whose spawner reports its death, at once",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const { task } = await bed.launch();
      await bed.settle();
      const { trial } = await worker.accept();
      const spawner = bed.worker();
      await spawner.connect();
      const { id: session, secret } = worker.session!;
      await spawner.send({ type: "workerDied", session, secret: "guessed", trials: [trial] });
      await bed.advance(200);
      expect((await bed.operations.getTask(namespace, task)).status).toBe("running");
      await spawner.connect();
      await spawner.send({ type: "workerDied", session, secret, trials: [trial] });
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({ status: "queued", trials: { lost: 1 } });
      expect(worker.closed).toBeDefined();
    }),
  );

  it(
    "takes nothing more of a session that has ended in the same turn",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      const spawner = bed.worker();
      await spawner.connect();
      const { id: session, secret } = worker.session!;
      spawner.sendText(JSON.stringify([{ type: "workerDied", session, secret, trials: [] }]));
      worker.sendText(JSON.stringify([{ type: "leave" }, { type: "acquire", revisions: "any", credits: 4 }]));
      await bed.settle();
      expect(bed.operations.listWorkers(namespace)).toEqual([]);
      checkState(bed.engine.loop.state);
    }),
  );
});

describe("late reports", () => {
  /** A finished task, and the worker that holds its grant still. */
  async function finished(bed: EngineBed) {
    const worker = bed.worker();
    await worker.join();
    const { task } = await bed.launch();
    await bed.settle();
    const grant = await worker.accept();
    await worker.report(grant, "succeeded", { answer: 42 });
    return { worker, grant, task };
  }

  it(
    "are accepted when they are the same again",
    withBed(async (bed) => {
      const { worker, grant } = await finished(bed);
      await worker.report(grant, "succeeded", { answer: 42 });
      expect(worker.all("accepted")).toHaveLength(2);
      expect(worker.all("refused")).toEqual([]);
    }),
  );

  it(
    "are refused with the reason when they are others, and change nothing",
    withBed(async (bed) => {
      const { worker, grant, task } = await finished(bed);
      const before = await bed.operations.getTask(namespace, task);
      await worker.report(grant, "failed");
      await worker.report(grant, "succeeded", { answer: 43 });
      await worker.report({ ...grant, token: grant.token.replace(/\.\d+\./, ".9.") });
      await worker.report({ ...grant, trial: grant.trial.replace(/_1$/, "_9") });
      const unknown = grant.trial.replace(/^trial_...../, "trial_00000");
      await worker.report({ ...grant, trial: unknown });
      expect(worker.all("refused").map(({ reason }) => reason)).toEqual([
        "already-final",
        "already-final",
        "stale-lease",
        "unknown-trial",
        "unknown-trial",
      ]);
      expect(await bed.operations.getTask(namespace, task)).toEqual(before);
    }),
  );

  it(
    "are answered while another batch is being written",
    withBed(async (bed) => {
      const { worker, grant } = await finished(bed);
      const release = bed.store.hold();
      void bed.launch();
      await bed.settle();
      await worker.report(grant, "failed");
      release();
      await bed.settle();
      expect(worker.all("refused")).toHaveLength(1);
    }),
  );

  it(
    "of another worker's trial are refused while it runs",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join({ slots: 1 }, 1);
      const { task } = await bed.launch();
      await bed.settle();
      const grant = await worker.accept();
      const thief = bed.worker();
      await thief.join({ name: "thief" }, 0);
      await thief.report(grant);
      expect(thief.last("refused").reason).toBe("stale-lease");
      expect((await bed.operations.getTask(namespace, task)).status).not.toBe("succeeded");
    }),
  );
});

describe("the session machine", () => {
  const id = fc.constantFrom(`task_${"0".repeat(22)}`, `trial_${"0".repeat(22)}_1`, "rev_1", "x", "");
  const value: fc.Arbitrary<unknown> = fc.oneof(
    id,
    fc.nat(5),
    fc.boolean(),
    fc.constant("any"),
    fc.constant([]),
    fc.anything(),
  );
  const odd = fc.record({
    type: fc.constantFrom(...knownTypes),
    offer: value,
    trial: value,
    token: value,
    trials: value,
  });
  const sound = (worker: TestWorker): fc.Arbitrary<WorkerMessage> =>
    fc.oneof(
      fc.constant(worker.hello()),
      fc.record({ type: fc.constant("acquire" as const), revisions: fc.constant("any" as const), credits: fc.nat(8) }),
      fc.record({ type: fc.constant("accept" as const), offer: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        type: fc.constant("decline" as const),
        offer: fc.integer({ min: 1, max: 6 }),
        reason: fc.constant("no-slot" as const),
      }),
      fc.record({ type: fc.constant("heartbeat" as const), sequence: fc.nat(9), trials: fc.constant<string[]>([]) }),
      fc.constant({ type: "leave" as const }),
      fc.constant({ type: "getDeployInfo" as const }),
    );

  it(
    "survives arbitrary messages: each connection stays in order or is refused by code",
    { timeout: 60_000 },
    withBed(async (bed) => {
      for (let count = 0; count < 5; count += 1) await bed.launch();
      const probe = bed.worker();
      const frames = fc.array(
        fc.array(fc.oneof({ weight: 4, arbitrary: sound(probe) }, { weight: 1, arbitrary: odd }), { maxLength: 4 }),
        {
          minLength: 1,
          maxLength: 6,
        },
      );
      await fc.assert(
        fc.asyncProperty(frames, async (list) => {
          const worker = bed.worker();
          await worker.connect();
          for (const frame of list) worker.sendText(JSON.stringify(frame));
          await bed.settle();
          checkState(bed.engine.loop.state);
          const refusals = worker.all("refuse");
          expect(refusals.length).toBeLessThanOrEqual(1);
          for (const { code } of refusals) expect(code).not.toBe("internal");
          await worker.cut();
        }),
        { numRuns: 150 },
      );
      // The engine is alive.
      await bed.launch();
    }),
  );
});

describe("a worker that was silent for 5 s", () => {
  it(
    "is offered nothing, and gets offers again with its next sign",
    withBed(async (bed) => {
      const worker = bed.worker();
      await worker.join();
      await bed.advance(5_000);
      await bed.launch();
      await bed.settle();
      expect(worker.all("offer")).toEqual([]);
      await worker.send({ type: "heartbeat", sequence: 1 });
      expect(worker.all("offer")).toHaveLength(1);
    }),
  );
});
