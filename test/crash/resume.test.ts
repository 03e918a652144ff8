import { CapstanError } from "@capstan/protocol";
import { describe, expect, test, vi } from "vitest";
import { crashAt } from "../bed/crash-point.js";
import { withBed } from "../bed/process-bed.js";
import { heldOf, RawWorker, successOf } from "../bed/raw-worker.js";

// Each of them starts several processes, beside whatever else the machine does.
vi.setConfig({ testTimeout: 60_000 });

const command = { command: ["true"] };

describe("a worker that comes back to an engine that was killed", () => {
  for (const state of ["running", "ended"] as const) {
    test(`goes on with a trial that is ${state} and whose grant was never stored`, async () => {
      await withBed(async (bed) => {
        // The row of a safe grant is written only if the trial lasts, so that at the kill there is none.
        await bed.startEngine({ config: { lazyMs: 60_000 } });
        const { worker, welcome } = await RawWorker.join(bed.url);
        const task = await bed.client.launch("command/run", command);
        const grant = await worker.take();
        await bed.killEngine();
        await worker.closed;
        await bed.startEngine();
        const trials = [heldOf(grant, state)];
        const back = await RawWorker.join(bed.url, { session: welcome.session, trials });
        expect(back.welcome).toMatchObject({ isResumed: true, fates: [{ trial: grant.trial, fate: "adopted" }] });
        back.worker.send(successOf(grant, { exitCode: 0 }));
        expect(await back.worker.next("accepted")).toMatchObject({ trial: grant.trial });
        expect(await task.outcome()).toMatchObject({ status: "succeeded", trials: { total: 1 } });
        back.worker.cut();
      });
    });
  }

  test("is told again that its report was accepted, when the answer was lost with the engine", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const { worker, welcome } = await RawWorker.join(bed.url);
      await bed.client.launch("command/run", command);
      const grant = await worker.take();
      worker.send(successOf(grant, 1));
      await worker.next("accepted");
      await bed.killEngine();
      await bed.startEngine();
      const back = await RawWorker.join(bed.url, { session: welcome.session, trials: [heldOf(grant, "ended")] });
      back.worker.send(successOf(grant, 1));
      expect(await back.worker.next("accepted")).toMatchObject({ trial: grant.trial });
      back.worker.send(successOf(grant, 2));
      expect(await back.worker.next("refused")).toMatchObject({ trial: grant.trial, reason: "already-final" });
      back.worker.cut();
    });
  });
});

describe("a taskset whose launch is sent again after the engine died with the answer", () => {
  const tasks = Array.from({ length: 3 }, (_, n) => ({ input: { command: ["echo", String(n)] } }));
  const header = { name: "once", definition: "command/run", idempotencyKey: "the-one" };
  const lines = [header, ...tasks].map((line) => JSON.stringify(line)).join("\n");
  const sent = {
    "as JSON": { type: "application/json", body: JSON.stringify({ ...header, tasks }) },
    "as a stream": { type: "application/x-ndjson", body: lines },
  };

  for (const [how, { type, body }] of Object.entries(sent)) {
    test(`${how} is launched once`, async () => {
      await withBed(async (bed) => {
        const launch = (): Promise<Response> =>
          fetch(`${bed.url}/v1/namespaces/default/tasksets`, {
            method: "POST",
            headers: { "content-type": type },
            body,
          });
        // Whatever commit the crash comes after, a repetition finds all of the launch or nothing.
        for (let commit = 1; commit <= 3; commit += 1) {
          await bed.startEngine({ crash: crashAt("speak", commit) }).catch(() => undefined);
          await launch().then(
            (response) => response.arrayBuffer(),
            () => undefined,
          );
          await bed.killEngine();
        }
        await bed.startEngine();
        const answer = await launch();
        expect(answer.status).toBe(201);
        const all = [];
        for await (const taskset of bed.client.tasksets()) all.push(taskset);
        expect(all).toMatchObject([{ name: "once", counts: { total: 3 } }]);
      });
    });
  }

  test("with other tasks is refused, and nothing of it stays", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const task = "command/run";
      await bed.client.launchTaskset({ task, tasks, idempotencyKey: "k" });
      const other = Array.from({ length: 2_500 }, () => ({ input: command }));
      await expect(bed.client.launchTaskset({ task, tasks: other, idempotencyKey: "k" })).rejects.toSatisfy(
        (error) => error instanceof CapstanError && error.code === "idempotency-conflict",
      );
      expect((await bed.client.status()).tasks).toEqual({ waiting: 0, queued: 3, running: 0 });
    });
  });
});
