import { describe, expect, it } from "vitest";
import { withFoundation, type Foundation } from "./foundation.js";
import { makeSample, type Sample } from "./sample-plugin.js";

async function begin(foundation: Foundation, slots = 4): Promise<Sample> {
  const sample = makeSample();
  await foundation.startWorker({ plugins: [sample.plugin], runtimes: ["inline"], slots });
  return sample;
}

/** The body of a streamed launch: a header and a line a task. `broken` puts garbage at that line. */
function* lines(count: number, broken = -1): Generator<string> {
  yield `${JSON.stringify({ name: "stream", definition: "sample/echo" })}\n`;
  for (let n = 0; n < count; n += 1) yield n === broken ? '{"input":\n' : `{"input":${n}}\n`;
}

function stream(url: string, body: Iterable<string>): Promise<Response> {
  const chunks = ReadableStream.from(body).pipeThrough(new TextEncoderStream());
  const headers = { "content-type": "application/x-ndjson" };
  const init = { method: "POST", headers, body: chunks, duplex: "half" };
  return fetch(`${url}/v1/namespaces/default/tasksets`, init as RequestInit);
}

describe("a taskset", () => {
  it(
    "has a status with counts, pauses, goes on, and reruns what did not succeed",
    withFoundation(async (foundation) => {
      await begin(foundation, 1);
      const { client } = foundation;
      const tasks = [true, true, false, true].map((input, n) => ({ key: `t${n}`, input }));
      const taskset = await client.launchTaskset({ name: "mixed", task: "sample/refuse", tasks });
      const ended = await taskset.result();
      expect(ended).toMatchObject({ status: "failed", counts: { total: 4, succeeded: 3, failed: 1 } });
      await taskset.rerun();
      expect(await taskset.result()).toMatchObject({ status: "failed", round: 2, counts: { succeeded: 3, failed: 1 } });
      const rerun: string[] = [];
      for await (const task of taskset.tasks()) if (task.round === 2) rerun.push(task.key!);
      expect(rerun).toEqual(["t2"]);
    }),
  );

  it(
    "grants nothing while it is paused, and stops and puts back what runs when asked to",
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation, 1);
      const { client } = foundation;
      const taskset = await client.launchTaskset({ task: "sample/hold", tasks: [{ input: 1 }, { input: 2 }] });
      await began.waitForCount(1);
      expect((await taskset.pause({ stop: true })).status).toBe("paused");
      for await (const { counts } of taskset.progress()) if (counts.running === 0) break;
      // What is launched after it runs at once, so the slot was free, and the paused tasks were passed by.
      await (await client.launch("sample/echo", "free")).result();
      expect(began.items.map(({ input }) => input)).toEqual([1, "free"]);
      await taskset.resume();
      await began.waitForCount(3);
      await taskset.cancel();
      expect(await taskset.result()).toMatchObject({ status: "cancelled", counts: { cancelled: 2 } });
    }),
  );

  it(
    "tells when it will have ended, once durations are known",
    withFoundation(async (foundation) => {
      await begin(foundation, 1);
      const { client } = foundation;
      const tasks = Array.from({ length: 3 }, (_, n) => ({ key: `k${n}`, input: n, estimateMs: 1_000 }));
      const taskset = await client.launchTaskset({ task: "sample/echo", tasks });
      await taskset.result();
      const held = await client.launchTaskset({
        task: "sample/hold",
        tasks: [{ estimateMs: 5_000 }, { estimateMs: 5_000 }],
      });
      for await (const { counts } of held.progress()) if (counts.running === 1) break;
      const { etaMs } = await held.refresh();
      expect(etaMs).toBeGreaterThan(5_000);
      expect(etaMs).toBeLessThanOrEqual(10_000);
      await held.cancel();
    }),
  );
});

describe("a launch of 100,000 tasks as a stream", () => {
  it(
    "is one taskset, of which nothing runs before its end",
    { timeout: 120_000 },
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation);
      let beganBeforeEnd = -1;
      function* watched(): Generator<string> {
        yield* lines(100_000);
        beganBeforeEnd = began.items.length;
      }
      const answer = await stream(foundation.url, watched());
      const { taskset, tasks } = (await answer.json()) as { taskset: string; tasks: number };
      expect([answer.status, tasks, beganBeforeEnd]).toEqual([201, 100_000, 0]);
      const handle = foundation.client.taskset(taskset);
      expect((await handle.refresh()).counts.total).toBe(100_000);
      await began.waitForCount(1);
      await handle.cancel();
      expect((await handle.result()).status).toBe("cancelled");
    }),
  );

  it(
    "vanishes whole when a line in the middle is broken",
    { timeout: 120_000 },
    withFoundation(async (foundation) => {
      const { began } = await begin(foundation);
      const answer = await stream(foundation.url, lines(100_000, 60_000));
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: "invalid-stream", details: { line: 60_002 } });
      const { client } = foundation;
      expect((await client.status()).tasks).toEqual({ waiting: 0, queued: 0, running: 0 });
      for await (const { id } of client.tasksets()) expect.unreachable(`${id} is left`);
      expect(began.items).toEqual([]);
    }),
  );
});
