import { definePlugin, defineTask } from "@capstan/plugin";
import { CapstanError, limits } from "@capstan/protocol";
import { makeGate, VirtualClock } from "@capstan/testkit";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Capstan } from "../capstan.js";
import { drop, Peer, type Handlers } from "../peer.test.support.js";
import { taskId, taskView } from "../view.test.support.js";
import type { TaskHandle } from "./task-handle.js";

const id = taskId(1);
const succeeded = taskView(id, { status: "succeeded", output: { bytes: 5 } });

function withTask<T>(handlers: Handlers, use: (task: TaskHandle, peer: Peer) => Promise<T>): Promise<T> {
  return Peer.use(handlers, (peer) => use(peer.client().task(id), peer));
}

async function refusal(promise: Promise<unknown>): Promise<CapstanError> {
  const error: unknown = await promise.then(
    () => expect.unreachable("it was fulfilled"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CapstanError);
  return error as CapstanError;
}

describe("result", () => {
  test("waits at the engine for as long as one question may last, and gives the output", async () => {
    const gate = makeGate();
    const handlers: Handlers = {
      waitTask: async () => (await gate.opened, { isFinal: true, task: succeeded }),
    };
    await withTask(handlers, async (task, peer) => {
      const result = task.result();
      await peer.requests.waitForCount(1);
      gate.open();
      expect(await result).toEqual({ bytes: 5 });
      expect(peer.requests.items.map(({ query }) => query)).toEqual([{ waitMs: String(limits.waitMsMax) }]);
    });
  });

  test("asks again when the time of a question is over", async () => {
    const clock = new VirtualClock();
    const handlers: Handlers = {
      waitTask: async ({ n, query }) => {
        if (n === 3) return { isFinal: true, task: succeeded };
        await clock.advance(Number(query["waitMs"]));
        return { isFinal: false, task: taskView(id) };
      },
    };
    await Peer.use(handlers, async (peer) => {
      expect(await peer.client({ clock }).task(id).result()).toEqual({ bytes: 5 });
      expect(clock.monotonicMs()).toBe(2 * limits.waitMsMax);
    });
  });

  test("does not poll an engine that answers before the time: it pauses longer and longer", async () => {
    const clock = new VirtualClock();
    const handlers: Handlers = {
      waitTask: ({ n }) => ({ isFinal: n === 6, task: n === 6 ? succeeded : taskView(id) }),
    };
    await Peer.use(handlers, async (peer) => {
      const client = peer.client({ clock, retry: { initialMs: 100, maxMs: 1_000 } });
      expect(await clock.advanceUntil(client.task(id).result(), 10)).toEqual({ bytes: 5 });
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(200 + 400 + 800 + 1_000 + 1_000);
      expect(peer.requests.items.length).toBe(6);
    });
  });

  test("gives up after its time and says that the task goes on", async () => {
    const clock = new VirtualClock();
    const handlers: Handlers = {
      waitTask: async ({ query }) => (
        await clock.advance(Number(query["waitMs"])),
        { isFinal: false, task: taskView(id) }
      ),
    };
    await Peer.use(handlers, async (peer) => {
      const error = await refusal(peer.client({ clock }).task(id).result({ timeoutMs: 70_000 }));
      expect([error.code, error.message]).toEqual([
        "timed-out",
        `${id} has not ended in 70000 ms: it goes on, and can be waited for again`,
      ]);
      expect(peer.requests.items.map(({ query }) => query["waitMs"])).toEqual(["60000", "10000"]);
    });
  });

  test("rejects with the signal's reason", async () => {
    await withTask({ waitTask: () => undefined }, async (task, peer) => {
      const controller = new AbortController();
      const result = task.result({ signal: controller.signal });
      await peer.requests.waitForCount(1);
      controller.abort(new Error("no longer wanted"));
      await expect(result).rejects.toThrow("no longer wanted");
    });
  });

  test("stays through an engine that is away for a while", async () => {
    const handlers: Handlers = {
      waitTask: (request) => (request.n <= 20 ? drop(request) : { isFinal: true, task: succeeded }),
    };
    await withTask(handlers, async (task, peer) => {
      expect(await task.result()).toEqual({ bytes: 5 });
      expect(peer.requests.items.length).toBe(21);
    });
  });

  test.each([
    [{ status: "failed", cause: "failed", error: { message: "no such file" } }, /failed \(failed\): no such file/],
    [
      { status: "failed", cause: "expired", reason: { code: "expired", message: "waited too long" } },
      /waited too long/,
    ],
    [{ status: "cancelled" }, /was cancelled$/],
    [{ status: "abandoned" }, /was abandoned$/],
    [{ status: "skipped" }, /was skipped$/],
  ] as const)("throws task-failed for every verdict but succeeded: %o", async (fields, message) => {
    await withTask({ waitTask: () => ({ isFinal: true, task: taskView(id, fields) }) }, async (task) => {
      const error = await refusal(task.result());
      expect(error.code).toBe("task-failed");
      expect(error.message).toMatch(message);
      expect(error.details).toMatchObject({ task: id, status: fields.status, trials: 1 });
      expect((await task.outcome()).status).toBe(fields.status);
    });
  });

  test("fetches an output that is too large to travel with the task", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const output = "x".repeat(100_000);
    const handlers: Handlers = {
      waitTask: () => ({
        isFinal: true,
        task: taskView(id, { status: "succeeded", outputBlob: { digest, bytes: 100_002 } }),
      }),
      getBlob: ({ raw, parameters }) =>
        void raw.response.end(JSON.stringify(parameters["digest"] === digest ? output : 0)),
    };
    await withTask(handlers, async (task) => expect(await task.result()).toBe(output));
  });
});

describe("cancel and rerun", () => {
  test("give the task as it is then", async () => {
    const handlers: Handlers = {
      cancelTask: () => taskView(id, { status: "cancelling" }),
      rerunTask: ({ body }) => taskView(id, { round: (body as { force?: boolean }).force === true ? 2 : 1 }),
    };
    await withTask(handlers, async (task) => {
      expect((await task.cancel()).status).toBe("cancelling");
      expect((await task.rerun()).round).toBe(1);
      expect((await task.rerun({ force: true })).round).toBe(2);
    });
  });

  test("that took effect although the answer was lost are no errors", async () => {
    const handlers: Handlers = {
      cancelTask: (request) => {
        if (request.n === 1) return drop(request);
        throw new CapstanError("already-final", "it is cancelled");
      },
      getTask: () => taskView(id, { status: "cancelled" }),
    };
    await withTask(handlers, async (task) => expect((await task.cancel()).status).toBe("cancelled"));
  });

  test("of a task that had ended before are errors", async () => {
    const handlers: Handlers = {
      cancelTask: () => {
        throw new CapstanError("already-final", "it has succeeded");
      },
    };
    await withTask(handlers, async (task) => expect((await refusal(task.cancel())).code).toBe("already-final"));
  });
});

describe("the types of a task", () => {
  const images = definePlugin({
    name: "images",
    tasks: [
      defineTask({ name: "resize", run: (input: { path: string }) => ({ bytes: input.path.length, at: new Date() }) }),
      defineTask({ name: "purge", run: () => undefined }),
    ],
  });

  test("go from its definition to its result", () => {
    const check = async (client: Capstan) => {
      const task = await client.launch(images.tasks.resize, { path: "a" });
      expectTypeOf(await task.result()).toEqualTypeOf<{ bytes: number; at: string }>();
      expectTypeOf(await client.launchMany(images.tasks.resize, [{ path: "a" }])).toEqualTypeOf<
        TaskHandle<{ bytes: number; at: string }>[]
      >();
      await client.launch(images.tasks.purge);
      const untyped = await client.launch("images/resize", { anything: 1 });
      expectTypeOf(await untyped.result()).toEqualTypeOf<unknown>();
      // @ts-expect-error the input has no path
      await client.launch(images.tasks.resize, { file: "a" });
      // @ts-expect-error the input is missing
      await client.launch(images.tasks.resize);
      // @ts-expect-error one of the inputs is none
      await client.launchMany(images.tasks.resize, [{ path: "a" }, 5]);
      // @ts-expect-error there is no such option
      await client.launch(images.tasks.resize, { path: "a" }, { priority: 5 });
    };
    expectTypeOf(check).toBeFunction();
  });
});
