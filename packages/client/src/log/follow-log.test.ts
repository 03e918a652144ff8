import { CapstanError, type TrialView } from "@capstan/protocol";
import fc from "fast-check";
import { VirtualClock } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { drop, Peer, type Handlers, type PeerRequest } from "../peer.test.support.js";
import { taskId, taskView } from "../view.test.support.js";
import { completeLength } from "./utf8.js";

const trial = `trial_${"0".repeat(22)}_1`;
const bytes = new TextEncoder().encode("one €\ntwo 😀\nthree\n");

async function textOf(chunks: AsyncIterable<{ readonly text: string }>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.text;
  return text;
}

describe("logs", () => {
  test("give stdout or stderr, from any byte on", async () => {
    const serve =
      (name: string) =>
      ({ raw, query }: PeerRequest) =>
        void raw.response.end(`${name} from ${query["offset"]}`);
    await Peer.use({ readStdout: serve("out"), readStderr: serve("err") }, async (peer) => {
      const client = peer.client();
      expect(await client.logText(trial)).toBe("out from 0");
      expect(await client.logText(trial, { stream: "stderr", offset: 7 })).toBe("err from 7");
      expect(peer.requests.items[0]?.query).toEqual({ offset: "0" });
    });
  });

  test("go on at the byte where the connection was cut, also within a character", async () => {
    const fifth = Math.ceil(bytes.length / 5);
    const readStdout = (request: PeerRequest) => {
      const start = Number(request.query["offset"]);
      const part = bytes.slice(start, start + fifth);
      if (start + fifth >= bytes.length) request.raw.response.end(part);
      else request.raw.response.write(part, () => drop(request));
    };
    await Peer.use({ readStdout }, async (peer) => {
      const chunks: unknown[] = [];
      let text = "";
      for await (const chunk of peer.client().logs(trial, { follow: true })) {
        expect(chunk.offset).toBe(new TextEncoder().encode(text).length);
        text += chunk.text;
        chunks.push(chunk);
      }
      expect(text).toBe("one €\ntwo 😀\nthree\n");
      expect(chunks.length).toBeGreaterThanOrEqual(5);
      expect(peer.requests.items.every(({ query }) => query["follow"] === "true")).toBe(true);
    });
  });

  test("of a trial that is quiet for an hour are followed all the same", async () => {
    const clock = new VirtualClock();
    const readStdout = ({ raw, n }: PeerRequest) => {
      raw.response.writeHead(200).flushHeaders();
      if (clock.monotonicMs() >= 3_600_000) raw.response.end("done");
      else if (n === 1) raw.response.write("begun\n");
    };
    await Peer.use({ readStdout }, async (peer) => {
      const logs = peer.client({ clock, retry: { triesMax: 2 } }).logs(trial, { follow: true });
      expect(await clock.advanceUntil(textOf(logs), 10_000)).toBe("begun\ndone");
      expect(peer.requests.items.length).toBeLessThanOrEqual(61);
      expect(peer.requests.items.at(-1)?.query["offset"]).toBe("6");
    });
  });

  test("tell a trial that is not there", async () => {
    const readStdout = ({ parameters }: PeerRequest) => {
      throw new CapstanError("unknown-trial", `there is no ${parameters["trial"]}`);
    };
    await Peer.use({ readStdout }, async (peer) => {
      const refused = { code: "unknown-trial", message: "there is no a/../b" };
      await expect(peer.client().logText("a/../b")).rejects.toMatchObject(refused);
      await expect(peer.client().logText("..")).rejects.toMatchObject({ code: "invalid-id" });
      await expect(peer.client().logText("")).rejects.toMatchObject({ code: "invalid-id" });
      expect(peer.requests.items.length).toBe(1);
    });
  });
});

test("completeLength never cuts a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, cut) => {
      const all = new TextEncoder().encode(text);
      const part = all.slice(0, all.length === 0 ? 0 : cut % (all.length + 1));
      const length = completeLength(part);
      expect(part.length - length).toBeLessThan(4);
      const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(part.slice(0, length));
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(all).startsWith(decoded)).toBe(true);
    }),
  );
});

describe("the logs of a task", () => {
  const id = taskId(1);
  const trialView = (number: number): TrialView => ({
    id: `${id.replace("task_", "trial_")}_${number}`,
    task: id,
    number,
    round: 1,
    status: "running",
    isTwin: false,
    isCounted: false,
    revision: `rev_${"0".repeat(26)}`,
    grantedAtMs: 1,
  });

  test("are those of its last trial, or nothing before the first", async () => {
    const handlers: Handlers = {
      listTrials: ({ n }) => ({ items: n === 1 ? [] : [trialView(1), trialView(2)] }),
      readStdout: ({ raw, parameters }) => void raw.response.end(parameters["trial"]),
    };
    await Peer.use(handlers, async (peer) => {
      const task = peer.client().task(id);
      expect(await textOf(task.logs())).toBe("");
      expect(await textOf(task.logs())).toBe(trialView(2).id);
    });
  });

  test("go on with the next trial when they are followed, until the verdict", async () => {
    // What happens at the engine while the log is followed: trial 1, a pause, trial 2, the verdict.
    const state = { trials: 0, isFinal: false };
    let say: (type: string) => void = () => {};
    const handlers: Handlers = {
      followEvents: ({ raw }) => {
        raw.response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
        say = (type) => raw.response.write(`data: ${JSON.stringify({ cursor: "c", atMs: 1, type, task: id })}\n\n`);
      },
      getTask: () => taskView(id, { status: state.isFinal ? "succeeded" : "queued" }),
      listTrials: ({ n }) => {
        const items = Array.from({ length: state.trials }, (_, index) => trialView(index + 1));
        // Each look that finds nothing new makes the next thing happen.
        if (n === 1) setImmediate(() => ((state.trials = 1), say("trial.granted")));
        if (n === 3) setImmediate(() => ((state.trials = 2), (state.isFinal = true), say("trial.granted")));
        return { items };
      },
      readStdout: ({ raw, parameters }) => void raw.response.end(`${parameters["trial"]}\n`),
    };
    await Peer.use(handlers, async (peer) => {
      const text = await textOf(peer.client().task(id).logs({ follow: true }));
      expect(text).toBe(`${trialView(1).id}\n${trialView(2).id}\n`);
    });
  });
});
