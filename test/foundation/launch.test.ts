import type { Policy } from "@capstan/protocol";
import { describe, expect, it } from "vitest";
import { withFoundation, type Foundation } from "./foundation.js";
import { makeSample, type Sample } from "./sample-plugin.js";

async function begin(foundation: Foundation): Promise<Sample> {
  const sample = makeSample();
  await foundation.startWorker({ plugins: [sample.plugin], runtimes: ["inline"], slots: 4 });
  return sample;
}

/** Deploys the plugin without a worker that would run it. */
async function deployOnly(foundation: Foundation): Promise<Sample> {
  const sample = makeSample();
  const worker = await foundation.startWorker({ plugins: [sample.plugin], runtimes: ["inline"] });
  await worker.close();
  return sample;
}

async function refusal(promise: Promise<unknown>): Promise<{ code?: string; details?: unknown }> {
  return promise.then(
    () => ({}),
    (error: { code: string; details: unknown }) => error,
  );
}

describe("a task", () => {
  it(
    "is launched, read, waited for, cancelled and rerun",
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation);
      const { client } = foundation;
      const task = await client.launch("sample/echo", { n: 1 });
      expect(await task.result()).toEqual({ n: 1 });
      expect(await task.refresh()).toMatchObject({ status: "succeeded", round: 1, output: { n: 1 } });
      const held = await client.launch("sample/hold", "held");
      await began.waitFor(({ input }) => input === "held");
      await held.cancel();
      expect((await held.outcome()).status).toBe("cancelled");
      await task.rerun();
      expect(await task.outcome()).toMatchObject({ status: "succeeded", round: 2 });
    }),
  );

  it(
    "does not run before its delay or its moment",
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation);
      const { client } = foundation;
      const launchedAtMs = Date.now();
      const delayed = await client.launch("sample/echo", "delayed", { delayMs: 400 });
      const timed = await client.launch("sample/echo", "timed", { runAtMs: launchedAtMs + 600 });
      expect(await delayed.refresh()).toMatchObject({ status: "waiting", waitsFor: "time" });
      await Promise.all([delayed.result(), timed.result()]);
      const at = (name: string): number => began.items.find(({ input }) => input === name)!.atMs - launchedAtMs;
      expect(at("delayed")).toBeGreaterThanOrEqual(400);
      expect(at("timed")).toBeGreaterThanOrEqual(600);
    }),
  );

  it(
    "that has waited too long in the queue fails as expired, and does not run any more",
    withFoundation(async (foundation) => {
      const { began } = await deployOnly(foundation);
      const task = await foundation.client.launch("sample/echo", 1, { policy: { expiresMs: 100 } });
      expect(await task.outcome()).toMatchObject({ status: "failed", cause: "expired", trials: { total: 0 } });
      expect(began.items).toEqual([]);
    }),
  );

  it(
    "is launched once under an idempotency key, and another input under it is a conflict",
    withFoundation(async (foundation) => {
      await deployOnly(foundation);
      const { client } = foundation;
      const launch = (input: unknown) => client.launch("sample/echo", input, { idempotencyKey: "order-17" });
      const first = await launch(1);
      expect((await launch(1)).id).toBe(first.id);
      expect(await refusal(launch(2))).toMatchObject({ code: "idempotency-conflict" });
      const other = await client.launch("sample/hold", 1, { idempotencyKey: "order-17" });
      expect(other.id).not.toBe(first.id);
      await foundation.stopEngine();
      await foundation.startEngine();
      expect((await launch(1)).id).toBe(first.id);
    }),
  );

  it(
    "has the policy of its definition, as far as its launch says nothing else",
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation);
      const { client } = foundation;
      const end = async (policy: Policy, name = "sample/refuse") => {
        const task = await client.launch(name, false, { policy });
        const { priority, trials, cause } = await task.outcome();
        return { priority, trials: trials.counted, cause };
      };
      const backoff = { initialMs: 0 };
      expect(await end({})).toEqual({ priority: 2, trials: 1, cause: "failed" });
      expect(await end({ priority: 8, maxTrials: 2, backoff })).toEqual({ priority: 8, trials: 2, cause: "failed" });
      const stopped = await end({ timeoutMs: 50, hardTimeoutMs: 100, maxTrials: 1 }, "sample/hold");
      expect(stopped).toMatchObject({ trials: 1, cause: "timeout" });
      const concurrency = { key: "mine", limit: 1 };
      const [first, second] = await client.launchMany("sample/hold", ["a", "b"], { policy: { concurrency } });
      await began.waitFor(({ input }) => input === "a");
      expect((await second!.refresh()).reason).toMatchObject({ code: "waits-for-permit" });
      await first!.cancel();
      await began.waitFor(({ input }) => input === "b");
      await second!.cancel();
    }),
  );
});

describe("tasks", () => {
  it(
    "are listed by filters, page by page",
    withFoundation(async (foundation) => {
      await begin(foundation);
      const { client } = foundation;
      const tasks = await client.launchMany(
        "sample/refuse",
        Array.from({ length: 25 }, (_, n) => n % 5 !== 0),
      );
      await Promise.all(tasks.map((task) => task.outcome()));
      const listed = async (query: object): Promise<string[]> => {
        const ids: string[] = [];
        for await (const { id } of client.tasks({ limit: 2, ...query })) ids.push(id);
        return ids.toSorted();
      };
      expect(await listed({})).toEqual(tasks.map(({ id }) => id).toSorted());
      const failed = tasks.filter((_, n) => n % 5 === 0).map(({ id }) => id);
      expect(await listed({ status: "failed", definition: "sample/refuse" })).toEqual(failed.toSorted());
      expect(await listed({ definition: "sample/echo" })).toEqual([]);
    }),
  );

  it(
    "launched together are launched all or none",
    withFoundation(async (foundation) => {
      await deployOnly(foundation);
      const { client, url } = foundation;
      const launch = async (definitions: string[]): Promise<Response> =>
        fetch(`${url}/v1/namespaces/default/tasks/bulk`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ tasks: definitions.map((definition) => ({ definition })) }),
        });
      const refused = await launch(["sample/echo", "sample/echo", "sample/nothing"]);
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([404, "unknown-definition"]);
      expect((await client.status()).tasks).toEqual({ waiting: 0, queued: 0, running: 0 });
      expect((await launch(["sample/echo", "sample/echo"])).status).toBe(201);
      expect((await client.status()).tasks.queued).toBe(2);
    }),
  );
});
