import { createInterface } from "node:readline";
import { defineTask, definePlugin } from "@capstan/plugin";
import {
  CapstanError,
  makeCheck,
  TasksetHeader,
  TasksetTask,
  type TasksetLaunch,
  type TasksetLaunched,
} from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { drop, Peer, type PeerRequest } from "../peer.test.support.js";
import { tasksetId } from "../view.test.support.js";
import { entryOf } from "./launch-options.js";

const id = tasksetId(1);
const checkHeader = makeCheck(TasksetHeader, "the header", "invalid-stream");
const checkTask = makeCheck(TasksetTask, "the line", "invalid-stream");
const isStreamed = ({ raw }: PeerRequest) => raw.request.headers["content-type"] === "application/x-ndjson";

interface Sent {
  readonly header: TasksetHeader;
  readonly tasks: TasksetTask[];
}

/** Reads a launch in either form, as far as it comes. */
async function read({ raw, body }: PeerRequest): Promise<Sent> {
  if (body !== undefined) {
    const { tasks, ...header } = body as TasksetLaunch;
    return { header, tasks };
  }
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: raw.request })) {
    const value = JSON.parse(line) as unknown;
    lines.push(lines.length === 0 ? checkHeader(value) : checkTask(value));
  }
  const [header, ...tasks] = lines;
  return { header: header as TasksetHeader, tasks: tasks as TasksetTask[] };
}

const launched = ({ tasks }: Sent): TasksetLaunched => ({ taskset: id, tasks: tasks.length, isDuplicate: false });

function* inputs(count: number) {
  for (let n = 0; n < count; n += 1) yield { input: { n }, key: `k${n}` };
}

async function withPeer(handler: (request: PeerRequest) => unknown, use: (peer: Peer) => Promise<void>): Promise<void> {
  await Peer.use({ launchTaskset: handler }, use);
}

describe("launchTaskset", () => {
  test("sends a small one as JSON, whatever kind of list its tasks come in", async () => {
    const sent: Sent[] = [];
    const handler = async (request: PeerRequest) => {
      sent.push(await read(request));
      return launched(sent.at(-1) as Sent);
    };
    await withPeer(handler, async (peer) => {
      const client = peer.client();
      const options = { name: "nightly", profile: "test", task: "p/t", limits: { maxWorkers: 2 } } as const;
      const later = (async function* () {
        yield* inputs(3);
      })();
      for (const tasks of [[...inputs(3)], inputs(3), later]) {
        const taskset = await client.launchTaskset({ ...options, tasks });
        expect(taskset).toMatchObject({ id, taskCount: 3, isDuplicate: false });
      }
      for (const { header, tasks } of sent) {
        const { idempotencyKey, idempotencyMs, ...rest } = header;
        expect(rest).toEqual({ name: "nightly", profile: "test", definition: "p/t", limits: { maxWorkers: 2 } });
        expect(idempotencyKey).toMatch(/^auto-/);
        expect(idempotencyMs).toBe(600_000);
        expect(tasks).toEqual([...inputs(3)]);
      }
      expect(new Set(sent.map(({ header }) => header.idempotencyKey)).size).toBe(3);
      expect(peer.requests.items.some(isStreamed)).toBe(false);
    });
  });

  test("streams a large one, reading its tasks only as fast as they are sent", async () => {
    // More than all buffers on the way hold.
    const count = 40_000;
    const pad = "x".repeat(1_000);
    const progress = { made: 0, seen: 0, ahead: 0 };
    const tasks = (function* () {
      for (const task of inputs(count)) {
        progress.made += 1;
        progress.ahead = Math.max(progress.ahead, progress.made - progress.seen);
        yield { ...task, input: pad };
      }
    })();
    const handler = async ({ raw }: PeerRequest) => {
      for await (const _ of createInterface({ input: raw.request })) progress.seen += 1;
      return { taskset: id, tasks: progress.seen - 1, isDuplicate: false };
    };
    await withPeer(handler, async (peer) => {
      const taskset = await peer.client().launchTaskset({ task: "p/t", tasks });
      expect(taskset.taskCount).toBe(count);
      expect(peer.requests.items.every(isStreamed)).toBe(true);
      expect(progress.ahead).toBeLessThan(count / 2);
    });
  });

  test("takes tasks of several kinds, each with the types of its input", async () => {
    const plugin = definePlugin({
      name: "p",
      tasks: [
        defineTask({ name: "text", run: (input: string) => input }),
        defineTask({ name: "number", run: (input: number) => input }),
      ],
    });
    let sent: Sent | undefined;
    const handler = async (request: PeerRequest) => launched((sent = await read(request)));
    await withPeer(handler, async (peer) => {
      const tasks = [entryOf(plugin.tasks.text, "a", { key: "first" }), entryOf(plugin.tasks.number, 5)];
      await peer.client().launchTaskset({ tasks });
      expect(sent?.tasks).toEqual([
        { definition: "p/text", input: "a", key: "first" },
        { definition: "p/number", input: 5 },
      ]);
      // @ts-expect-error a number is no text
      entryOf(plugin.tasks.text, 5);
      // @ts-expect-error the inputs are texts
      const launch = () => peer.client().launchTaskset({ task: plugin.tasks.text, tasks: [{ input: 5 }] });
      expect(launch).toBeTypeOf("function");
    });
  });

  test("comes out with what its tasks threw, and the stream breaks off", async () => {
    const handler = async (request: PeerRequest) => read(request).then(launched, () => undefined);
    await withPeer(handler, async (peer) => {
      const tasks = (async function* () {
        yield* inputs(30_000);
        await peer.requests.waitForCount(1);
        throw new RangeError("row 30001 is broken");
      })();
      const launch = peer.client().launchTaskset({ task: "p/t", tasks });
      await expect(launch).rejects.toThrow(new RangeError("row 30001 is broken"));
      expect(peer.requests.items.length).toBe(1);
    });
    const early = [5n].map((input) => ({ input }));
    await withPeer(handler, async (peer) => {
      await expect(peer.client().launchTaskset({ task: "p/t", tasks: early })).rejects.toMatchObject({
        code: "invalid-request",
        message: expect.stringContaining("task 0 of the taskset") as string,
      });
      expect(peer.requests.items.length).toBe(0);
    });
  });

  test("tells the engine's refusal, also when it comes before the stream is through", async () => {
    const handler = ({ raw }: PeerRequest) => {
      raw.request.once("data", () => {
        const problem = new CapstanError("invalid-stream", "line 3 is broken", { details: { line: 3 } }).toProblem();
        raw.response.writeHead(problem.status, { "content-type": "application/problem+json" });
        raw.response.end(JSON.stringify(problem));
        raw.request.resume();
      });
    };
    let isStopped = false;
    const tasks = (function* () {
      try {
        yield* inputs(1_000_000);
      } finally {
        isStopped = true;
      }
    })();
    await withPeer(handler, async (peer) => {
      const launch = peer.client().launchTaskset({ task: "p/t", tasks });
      await expect(launch).rejects.toMatchObject({ code: "invalid-stream", details: { line: 3 } });
      expect(peer.requests.items.length).toBe(1);
    });
    expect(isStopped).toBe(true);
  });
});

describe("a taskset whose answer is lost", () => {
  const lossy = (sent: Sent[]) => async (request: PeerRequest) => {
    sent.push(await read(request));
    return request.n === 1 ? drop(request) : { ...launched(sent.at(-1) as Sent), isDuplicate: true };
  };

  test.each([3, 30_000])(
    "is sent again with the same key when its tasks can be read again: %d tasks",
    async (count) => {
      const sent: Sent[] = [];
      await withPeer(lossy(sent), async (peer) => {
        const taskset = await peer.client().launchTaskset({ task: "p/t", tasks: [...inputs(count)] });
        expect([taskset.taskCount, taskset.isDuplicate]).toEqual([count, false]);
        expect(sent.length).toBe(2);
        expect(sent[1]).toEqual(sent[0]);
        expect(sent[1]?.tasks.length).toBe(count);
      });
    },
  );

  test("is an error when a stream of tasks is spent", async () => {
    await withPeer(lossy([]), async (peer) => {
      const launch = peer.client().launchTaskset({ task: "p/t", tasks: inputs(30_000) });
      await expect(launch).rejects.toMatchObject({ code: "unreachable" });
      expect(peer.requests.items.length).toBe(1);
    });
  });
});
