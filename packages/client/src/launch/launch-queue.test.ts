import { CapstanError, type BulkLaunch, type Launched, type TaskLaunch } from "@capstan/protocol";
import { makeGate } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { drop, Peer, type Handlers, type PeerRequest } from "../peer.test.support.js";
import { taskId } from "../view.test.support.js";

/** Launches as an engine does: a key that is known gives the task that it gave before; a batch goes whole or not at all. */
class LaunchBook {
  readonly tasks: TaskLaunch[] = [];
  readonly #byKey = new Map<string, string>();

  constructor(readonly refuse: (task: TaskLaunch, at: string) => void = () => {}) {}

  readonly handlers: Handlers = {
    launchTask: ({ body }) => this.#launch(body as TaskLaunch),
    launchTasks: ({ body }) => {
      const { tasks } = body as BulkLaunch;
      for (const [index, task] of tasks.entries()) this.refuse(task, `/tasks/${index}`);
      return { tasks: tasks.map((task) => this.#store(task)) };
    },
  };

  #launch(task: TaskLaunch): Launched {
    this.refuse(task, "");
    return this.#store(task);
  }

  #store(task: TaskLaunch): Launched {
    const key = task.idempotencyKey ?? "";
    const known = this.#byKey.get(key);
    if (known !== undefined) return { task: known, isDuplicate: true };
    const id = taskId(this.tasks.push(task));
    this.#byKey.set(key, id);
    return { task: id, isDuplicate: false };
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const inputsOf = (book: LaunchBook) => book.tasks.map(({ input }) => input);

describe("launch", () => {
  test("sends a lone launch alone and at once", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const task = await peer.client().launch("images/resize", { width: 5 }, { policy: { priority: 7 }, key: "cat" });
      expect(task).toMatchObject({ id: taskId(1), isDuplicate: false });
      expect(peer.requests.items.map(({ route }) => route)).toEqual(["launchTask"]);
      const launch = { definition: "images/resize", input: { width: 5 }, policy: { priority: 7 }, key: "cat" };
      expect(book.tasks[0]).toMatchObject(launch);
    });
  });

  test("sends what is launched in one turn in one request, and gives each its own task", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const client = peer.client();
      const tasks = await Promise.all(numbers(64).map((n) => client.launch("p/t", n)));
      expect(peer.requests.items.map(({ route }) => route)).toEqual(["launchTasks"]);
      expect(inputsOf(book)).toEqual(numbers(64));
      expect(tasks.map(({ id }) => id)).toEqual(numbers(64).map((n) => taskId(n + 1)));
    });
  });

  test("gathers what is launched while others are in flight: 64 callers need few requests", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const client = peer.client();
      const caller = async (n: number) => {
        for (let turn = 0; turn < 10; turn += 1) await client.launch("p/t", `${n}/${turn}`);
      };
      await Promise.all(numbers(64).map(caller));
      expect(new Set(inputsOf(book)).size).toBe(640);
      // Two batches in flight, ten turns.
      expect(peer.requests.items.length).toBeLessThanOrEqual(25);
    });
  });

  test("cuts batches where they would get too large", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const client = peer.client();
      await Promise.all(numbers(5).map((n) => client.launch("p/t", `${n}`.repeat(1_000_000))));
      expect(peer.requests.items.map(({ route }) => route).toSorted()).toEqual([
        "launchTask",
        "launchTasks",
        "launchTasks",
      ]);
      expect(book.tasks.length).toBe(5);
    });
  });

  test.each([
    ["named by the pointer of its misfit", (at: string) => ({ misfits: [{ at: `${at}/input`, message: "no" }] }), 5],
    ["not named at all", () => ({}), 25],
  ])("refuses only the launch at fault: %s", async (_, detailsOf, requestsMax) => {
    const book = new LaunchBook(({ input }, at) => {
      if (input === 17 || input === 40)
        throw new CapstanError("invalid-input", `bad ${input}`, { details: detailsOf(at) });
    });
    await Peer.use(book.handlers, async (peer) => {
      const client = peer.client();
      const outcomes = await Promise.allSettled(numbers(64).map((n) => client.launch("p/t", n)));
      const refused = outcomes.flatMap((outcome, n) => (outcome.status === "rejected" ? [[n, outcome.reason]] : []));
      expect(refused).toEqual([
        [17, expect.objectContaining({ code: "invalid-input", message: "bad 17" })],
        [40, expect.objectContaining({ code: "invalid-input", message: "bad 40" })],
      ]);
      expect(inputsOf(book).toSorted((a, b) => Number(a) - Number(b))).toEqual(
        numbers(64).filter((n) => n !== 17 && n !== 40),
      );
      expect(peer.requests.items.length).toBeLessThanOrEqual(requestsMax);
    });
  });

  test("rejects all of a batch at once when no single launch can be at fault", async () => {
    const handlers: Handlers = {
      launchTasks: () => {
        throw new CapstanError("unauthorized", "no token");
      },
    };
    await Peer.use(handlers, async (peer) => {
      const client = peer.client();
      const outcomes = await Promise.allSettled(numbers(5).map((n) => client.launch("p/t", n)));
      expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
      expect(peer.requests.items.length).toBe(1);
    });
  });

  test("rejects what JSON cannot hold, and only that", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const client = peer.client();
      const [bad, good] = await Promise.allSettled([client.launch("p/t", 5n), client.launch("p/t", 5)]);
      expect(bad).toMatchObject({
        reason: { code: "invalid-request", message: expect.stringContaining("p/t") as string },
      });
      expect(good.status).toBe("fulfilled");
    });
  });

  test("does not send what was given up before", async () => {
    const gate = makeGate();
    const book = new LaunchBook();
    const launchTask = async (request: PeerRequest) => {
      await gate.opened;
      return book.handlers.launchTask?.(request);
    };
    await Peer.use({ ...book.handlers, launchTask }, async (peer) => {
      const client = peer.client();
      const first = client.launch("p/t", 1);
      await peer.requests.waitForCount(1);
      const second = client.launch("p/t", 2);
      await peer.requests.waitForCount(2);
      const controller = new AbortController();
      const third = client.launch("p/t", 3, { signal: controller.signal });
      const fourth = client.launch("p/t", 4);
      controller.abort(new Error("changed my mind"));
      await expect(third).rejects.toThrow("changed my mind");
      gate.open();
      await Promise.all([first, second, fourth]);
      expect(inputsOf(book)).toEqual([1, 2, 4]);
      await expect(client.launch("p/t", 5, { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
        "too late",
      );
    });
  });
});

describe("a launch whose answer is lost", () => {
  test.each([1, 3])("is sent again with the same key, and launched once: %d at a time", async (count) => {
    const book = new LaunchBook();
    const lossy =
      (route: "launchTask" | "launchTasks") =>
      (request: PeerRequest): unknown => {
        const answer = book.handlers[route]?.(request);
        return request.n === 1 ? drop(request) : answer;
      };
    const handlers = { launchTask: lossy("launchTask"), launchTasks: lossy("launchTasks") };
    await Peer.use(handlers, async (peer) => {
      const client = peer.client();
      const tasks = await Promise.all(numbers(count).map((n) => client.launch("p/t", n)));
      expect(inputsOf(book)).toEqual(numbers(count));
      expect(tasks.map(({ id, isDuplicate }) => [id, isDuplicate])).toEqual(
        numbers(count).map((n) => [taskId(n + 1), false]),
      );
      const [first, second] = peer.requests.items.map(({ body }) => JSON.stringify(body));
      expect(first).toBe(second);
      expect(first).toMatch(/"idempotencyKey":"auto-[0-9a-f]{32}-1","idempotencyMs":600000/);
    });
  });

  test("keeps the key that its caller chose, and then tells duplicates", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const launch = () => peer.client().launch("p/t", 1, { idempotencyKey: "order-5" });
      expect([(await launch()).isDuplicate, (await launch()).isDuplicate]).toEqual([false, true]);
      expect(book.tasks).toEqual([{ definition: "p/t", input: 1, idempotencyKey: "order-5" }]);
    });
  });
});

describe("launchMany", () => {
  test("launches many in few requests, in their order", async () => {
    const book = new LaunchBook();
    await Peer.use(book.handlers, async (peer) => {
      const tasks = await peer.client().launchMany("p/t", numbers(4_500), { delayMs: 5 });
      expect(tasks.map(({ id }) => id)).toEqual(numbers(4_500).map((n) => taskId(n + 1)));
      expect(inputsOf(book)).toEqual(numbers(4_500));
      expect(peer.requests.items.length).toBe(3);
      expect(await peer.client().launchMany("p/t", [])).toEqual([]);
    });
  });
});
