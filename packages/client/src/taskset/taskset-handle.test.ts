import { CapstanError, type TasksetView } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { drop, Peer, type Handlers } from "../peer.test.support.js";
import { taskId, taskView, tasksetId, tasksetView } from "../view.test.support.js";
import type { TasksetHandle } from "./taskset-handle.js";

const id = tasksetId(1);
const ended = tasksetView(id, { status: "failed" });

function withTaskset<T>(handlers: Handlers, use: (taskset: TasksetHandle, peer: Peer) => Promise<T>): Promise<T> {
  return Peer.use(handlers, (peer) => use(peer.client().taskset(id), peer));
}

describe("a taskset's handle", () => {
  test("waits for the end, which may be a failure", async () => {
    const waitTaskset: Handlers["waitTaskset"] = () => ({ isFinal: true, taskset: ended });
    await withTaskset({ waitTaskset }, async (taskset) => expect((await taskset.result()).status).toBe("failed"));
  });

  test("pauses, resumes, cancels and reruns, saying how", async () => {
    const answer = () => tasksetView(id);
    const handlers = { pauseTaskset: answer, resumeTaskset: answer, cancelTaskset: answer, rerunTaskset: answer };
    await withTaskset(handlers, async (taskset, peer) => {
      await taskset.pause({ stop: true });
      await taskset.resume();
      await taskset.cancel();
      await taskset.rerun({ what: "all", force: true });
      expect(peer.requests.items.map(({ body }) => body)).toEqual([
        { stop: true },
        {},
        {},
        { what: "all", force: true },
      ]);
    });
  });

  test("takes not-paused for done only after an answer was lost", async () => {
    const handlers: Handlers = {
      resumeTaskset: (request) => {
        if (request.n === 1) return drop(request);
        throw new CapstanError("not-paused", "it is running");
      },
      getTaskset: () => tasksetView(id),
    };
    await withTaskset(handlers, async (taskset) => {
      expect((await taskset.resume()).status).toBe("running");
      await expect(taskset.resume()).rejects.toMatchObject({ code: "not-paused" });
    });
  });

  test("gives the report as JSON and as JUnit XML", async () => {
    const handlers: Handlers = {
      reportTaskset: ({ query, raw }) =>
        query["format"] === "junit" ? void raw.response.end("<testsuites/>") : { taskset: ended, tasks: [] },
    };
    await withTaskset(handlers, async (taskset) => {
      expect(await taskset.report()).toEqual({ taskset: ended, tasks: [] });
      expect(await taskset.junit()).toBe("<testsuites/>");
    });
  });

  test("goes through its tasks page by page, and no further than it is read", async () => {
    const handlers: Handlers = {
      listTasks: ({ query }) => {
        const page = Number(query["cursor"] ?? 0);
        const next = page < 2 ? { nextCursor: String(page + 1) } : {};
        return { items: [taskView(taskId(2 * page)), taskView(taskId(2 * page + 1))], ...next };
      },
    };
    await withTaskset(handlers, async (taskset, peer) => {
      const ids: string[] = [];
      for await (const task of taskset.tasks({ status: "failed", limit: 2 })) ids.push(task.id);
      expect(ids).toEqual(Array.from({ length: 6 }, (_, n) => taskId(n)));
      expect(peer.requests.items[1]?.query).toEqual({ taskset: id, status: "failed", limit: "2", cursor: "1" });
      for await (const _ of taskset.tasks()) break;
      expect(peer.requests.items.length).toBe(4);
    });
  });
});

describe("progress", () => {
  test("gives the taskset now, after changes, and at its end, without asking in between", async () => {
    let say: () => void = () => {};
    const views: TasksetView[] = [tasksetView(id), tasksetView(id, { etaMs: 5 }), ended];
    const handlers: Handlers = {
      followEvents: ({ raw, query }) => {
        expect(query).toEqual({ taskset: id });
        raw.response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
        say = () => raw.response.write(`data: ${JSON.stringify({ cursor: "c", atMs: 1, type: "task.succeeded" })}\n\n`);
      },
      getTaskset: ({ n }) => views[n - 1],
    };
    await withTaskset(handlers, async (taskset, peer) => {
      const seen: TasksetView[] = [];
      for await (const view of taskset.progress({ everyMs: 1 })) {
        seen.push(view);
        say();
      }
      expect(seen).toEqual(views);
      expect([peer.count("followEvents"), peer.count("getTaskset")]).toEqual([1, 3]);
    });
  });

  test("reads again after the stream of events was cut, for what it may have missed", async () => {
    const handlers: Handlers = {
      followEvents: (request) => {
        request.raw.response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
        // The first stream is cut once the first view was read; what changed meanwhile is told by no event.
        if (request.n === 1) cut = () => drop(request);
      },
      getTaskset: ({ n }) => (n === 1 ? tasksetView(id) : ended),
    };
    let cut: () => void = () => {};
    await withTaskset(handlers, async (taskset) => {
      const seen: string[] = [];
      for await (const { status } of taskset.progress({ everyMs: 1 })) {
        seen.push(status);
        cut();
      }
      expect(seen).toEqual(["running", "failed"]);
    });
  });
});
