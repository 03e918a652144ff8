import { CapstanError, type TaskView } from "@capstan/protocol";
import { freePort, SeededRandom, VirtualClock } from "@capstan/testkit";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { Capstan } from "../capstan.js";
import { drop, Peer, type Handlers } from "../peer.test.support.js";
import { taskId, taskView } from "../view.test.support.js";
import type { FetchLike, FetchRequest } from "./fetch.js";
import { defaultRetry, delayAfter, patient } from "./retry.js";
import type { CapstanOptions } from "./settings.js";

const id = taskId(1);

async function refusal(call: Promise<unknown>): Promise<CapstanError> {
  try {
    await call;
  } catch (error) {
    return error as CapstanError;
  }
  throw new Error("nothing was thrown");
}

/** A client in the engine's own process: the virtual clock is all that time goes by. */
function embedded(
  clock: VirtualClock,
  answer: (n: number) => CapstanError | TaskView | undefined,
  options: CapstanOptions = {},
) {
  const calledAtMs: number[] = [];
  const fetch: FetchLike = (_, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      const value = answer(calledAtMs.push(clock.monotonicMs()));
      if (value instanceof CapstanError)
        resolve(new Response(JSON.stringify(value.toProblem()), { status: value.status }));
      else if (value !== undefined) resolve(new Response(JSON.stringify(value)));
    });
  const client = new Capstan({ clock, fetch, random: new SeededRandom(1), ...options });
  return { task: client.task(id), calledAtMs };
}

describe("settings", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("come from the environment, unless they are given", async () => {
    await Peer.use({ getTask: () => taskView(id) }, async (peer) => {
      vi.stubEnv("CAPSTAN_URL", `${peer.url}/`);
      vi.stubEnv("CAPSTAN_TOKEN", "secret");
      await new Capstan().task(id).refresh();
      await new Capstan({ token: "other" }).task(id).refresh();
      expect(peer.requests.items.map(({ headers }) => headers.authorization)).toEqual([
        "Bearer secret",
        "Bearer other",
      ]);
    });
  });

  test.each([
    [{ url: "localhost:7717" }, /no address of an engine: give one such as/],
    [{ url: "not a url" }, /no address/],
    [{ url: "http://user:pass@host/" }, /an address holds no password/],
    [{ token: "abc\n" }, /line break at its end/],
    [{ namespace: "../x" }, /is no namespace/],
    [{ namespace: "x".repeat(201) }, /is no namespace: .* at most 200/],
    [{ url: "x".repeat(100_000) }, /^.{20,400}$/],
  ])("are refused when they cannot work: %o", (options, message) => {
    expect(() => new Capstan(options)).toThrow(expect.objectContaining({ code: "invalid-config" }) as Error);
    expect(() => new Capstan(options)).toThrow(message);
  });

  test("may put the engine below a path and name a namespace; an embedded engine brings its own fetch", async () => {
    const requests: { url: string; request: FetchRequest }[] = [];
    const fetch = async (url: string, request: FetchRequest) => {
      requests.push({ url, request });
      return new Response(JSON.stringify(taskView(id)));
    };
    const capstan = new Capstan({ url: "https://host/capstan/", namespace: "team", fetch });
    expect((await capstan.task(id).refresh()).id).toBe(id);
    expect(requests[0]?.url).toBe(`https://host/capstan/v1/namespaces/team/tasks/${id}`);
    await capstan.health().catch(() => {});
    expect(requests[1]?.url).toBe("https://host/capstan/health");
    await new Capstan({ url: "https://host/?", fetch }).health().catch(() => {});
    expect(requests[2]?.url).toBe("https://host/health");
  });

  test("and ids that no address can hold are refused", async () => {
    const capstan = new Capstan({ url: "https://host", fetch: () => Promise.reject(new Error("called")) });
    for (const bad of ["", "..", "\ud800"]) {
      await expect(capstan.task(bad).refresh()).rejects.toMatchObject({ code: "invalid-id" });
    }
  });
});

describe("errors", () => {
  test("of the engine keep their code and details", async () => {
    const getTask: Handlers["getTask"] = () => {
      throw new CapstanError("not-found", "no such task", { details: { id } });
    };
    await Peer.use({ getTask }, async (peer) => {
      const error = await refusal(peer.client().task(id).refresh());
      expect(error).toMatchObject({ code: "not-found", message: "no such task", details: { id } });
      expect(peer.requests.items.length).toBe(1);
    });
  });

  test.each([
    [404, "text/html", "<h1>Not here</h1>", "not-found", /status 404: <h1>/],
    [413, "text/plain", "", "too-large", /status 413$/],
    [504, "text/html", "gateway", "timed-out", /status 504/],
    [500, "application/json", '{"message":"Internal"}', "internal", /status 500/],
    [418, "text/plain", "teapot", "internal", /status 418: teapot/],
    [200, "text/html", "<html>", "internal", /no JSON.*check that the address/s],
  ])("that a proxy or stranger sends have codes too: %i %s", async (...row) => {
    const [status, type, text, code, message] = row;
    const getTask: Handlers["getTask"] = ({ raw }) =>
      void raw.response.writeHead(status, { "content-type": type }).end(text);
    await Peer.use({ getTask }, async (peer) => {
      const error = await refusal(
        peer
          .client({ retry: { triesMax: 2 } })
          .task(id)
          .refresh(),
      );
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    });
  });

  test("say where nobody listens, after the tries are used up", async () => {
    const port = await freePort();
    const client = new Capstan({ url: `http://127.0.0.1:${port}`, retry: { initialMs: 1, triesMax: 3 } });
    const error = await refusal(client.status());
    expect(error.code).toBe("unreachable");
    expect(error.message).toMatch(
      new RegExp(`^the engine at http://127.0.0.1:${port} cannot be reached: .*ECONNREFUSED`),
    );
  });

  test("keep Retry-After of a proxy", async () => {
    const getTask: Handlers["getTask"] = ({ raw }) => void raw.response.writeHead(503, { "retry-after": "2" }).end();
    await Peer.use({ getTask }, async (peer) => {
      const error = await refusal(
        peer
          .client({ retry: { triesMax: 1 } })
          .task(id)
          .refresh(),
      );
      expect(error).toMatchObject({ code: "unreachable", details: { retryAfterMs: 2_000 } });
    });
  });

  test("end a call that is not answered in time, and try it again", async () => {
    const clock = new VirtualClock();
    const { task, calledAtMs } = embedded(clock, (n) => (n === 1 ? undefined : taskView(id)), { timeoutMs: 7_000 });
    expect(await clock.advanceUntil(task.refresh())).toEqual(taskView(id));
    expect(calledAtMs).toEqual([0, expect.toSatisfy((ms: number) => ms > 7_000 && ms <= 7_100) as number]);
    expect(clock.timerCount).toBe(0);
    const never = embedded(clock, () => undefined, { timeoutMs: 7_000, retry: { triesMax: 1 } });
    const error = await clock.advanceUntil(refusal(never.task.refresh()));
    expect(error).toMatchObject({ code: "timed-out", message: expect.stringContaining("in 7000 ms") as string });
  });

  test("leave the signal's reason as it is, also while waiting for the next try", async () => {
    const clock = new VirtualClock();
    await Peer.use({ getTask: drop }, async (peer) => {
      const controller = new AbortController();
      const view = peer.client({ clock }).task(id).refresh(controller.signal);
      view.catch(() => {});
      await peer.requests.waitForCount(1);
      controller.abort(new Error("enough"));
      await expect(view).rejects.toThrow("enough");
    });
  });
});

describe("delayAfter", () => {
  const random = new SeededRandom(1);
  const lost = new CapstanError("unreachable", "gone");

  test("doubles up to the limit, half of it random", () => {
    for (let n = 1; n < 6; n += 1) {
      const delayMs = delayAfter(lost, n, { policy: { ...defaultRetry, initialMs: 100, maxMs: 500 }, random });
      const fullMs = Math.min(500, 100 * 2 ** (n - 1));
      expect(delayMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(delayMs).toBeLessThanOrEqual(fullMs);
    }
  });

  test("ends after the last try, and at once for what will not get better", () => {
    expect(delayAfter(lost, defaultRetry.triesMax, { policy: defaultRetry, random })).toBeUndefined();
    expect(delayAfter(lost, 1_000, { policy: patient(defaultRetry), random })).toBeGreaterThan(0);
    expect(delayAfter(new CapstanError("not-found", ""), 1, { policy: defaultRetry, random })).toBeUndefined();
    expect(delayAfter(new Error("other"), 1, { policy: defaultRetry, random })).toBeUndefined();
  });
});

describe("retries", () => {
  test("wait for as long as the engine asks, with some scatter", async () => {
    const clock = new VirtualClock();
    const busy = new CapstanError("overloaded", "too much", { details: { retryAfterMs: 5_000 } });
    const { task, calledAtMs } = embedded(clock, (n) => (n === 1 ? busy : taskView(id)));
    expect((await clock.advanceUntil(task.refresh())).id).toBe(id);
    expect(calledAtMs[1]).toBeGreaterThanOrEqual(5_000);
    expect(calledAtMs[1]).toBeLessThanOrEqual(6_000);
  });

  test("end in time: no try begins after totalMs", async () => {
    const clock = new VirtualClock();
    const away = new CapstanError("shutting-down", "come back later");
    const retry = { triesMax: 100, initialMs: 1_000, maxMs: 1_000, totalMs: 10_000 };
    const { task, calledAtMs } = embedded(clock, () => away, { retry });
    expect(await clock.advanceUntil(refusal(task.refresh()))).toMatchObject({ code: "shutting-down" });
    expect(calledAtMs.length).toBeGreaterThanOrEqual(10);
    expect(calledAtMs.at(-1)).toBeLessThanOrEqual(10_000);
  });

  test("do not begin when the engine asks for more patience than there is", async () => {
    const clock = new VirtualClock();
    const busy = new CapstanError("overloaded", "too much", { details: { retryAfterMs: 3_600_000 } });
    const { task, calledAtMs } = embedded(clock, () => busy);
    expect((await clock.advanceUntil(refusal(task.refresh()))).details).toEqual({ retryAfterMs: 3_600_000 });
    expect(calledAtMs).toEqual([0]);
  });
});

test("the platform's fetch has the form that an embedded engine's has", () => {
  expectTypeOf<typeof fetch>().toExtend<FetchLike>();
});
