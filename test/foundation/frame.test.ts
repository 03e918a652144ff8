import { workerPath, type WorkerMessage } from "@capstan/protocol";
import { WsTransport } from "@capstan/worker";
import { describe, expect, it } from "vitest";
import { Hand } from "../protocol/tee.js";
import { withFoundation, type Foundation } from "./foundation.js";

const hello = {
  type: "hello",
  protocol: 1,
  name: "odd",
  labels: [],
  slots: 1,
  runtimes: ["command"],
  revisions: [],
  trials: [],
} satisfies WorkerMessage;

function connect({ url }: Foundation): Promise<Hand> {
  return Hand.open(new WsTransport(), url.replace("http", "ws") + workerPath());
}

async function refusalOf(foundation: Foundation, frame: string, isJoined: boolean): Promise<unknown> {
  const hand = await connect(foundation);
  if (isJoined) {
    hand.say(hello);
    await hand.hear("welcome");
  }
  hand.sayText(frame);
  return (await hand.hear("refuse")).code;
}

const garbage = [
  "",
  "nonsense",
  "{}",
  "[1]",
  '[{"type":"hello"}]',
  '[{"type":"odd"}]',
  '[{"type":"accept","offer":-1}]',
];
const outOfState = ['[{"type":"accept","offer":1}]', '[{"type":"heartbeat","sequence":1}]'];

describe("frames that are no frames, or come when they should not", () => {
  it(
    "are refused with a typed error, and the engine serves everybody else",
    withFoundation(async (foundation) => {
      const honest = await connect(foundation);
      honest.say(hello, { type: "acquire", revisions: "any", credits: 1 });
      await honest.hear("welcome");
      for (const frame of garbage) {
        expect(await refusalOf(foundation, frame, false)).toBe("protocol-violation");
        expect(await refusalOf(foundation, frame, true)).toBe("protocol-violation");
      }
      for (const frame of outOfState) expect(await refusalOf(foundation, frame, false)).toBe("protocol-violation");
      expect(await refusalOf(foundation, JSON.stringify([hello]), true)).toBe("protocol-violation");
      expect(await refusalOf(foundation, JSON.stringify([{ ...hello, protocol: 2 }]), false)).toBe(
        "unsupported-protocol",
      );
      const task = await foundation.client.launch("command/run", { command: "true" });
      expect((await honest.hear("offer")).task).toBe(task.id);
    }),
  );

  it(
    "change nothing when they report under another's or an earlier token",
    withFoundation(async (foundation) => {
      const hand = await connect(foundation);
      hand.say(hello, { type: "acquire", revisions: "any", credits: 1 });
      await hand.hear("welcome");
      const task = await foundation.client.launch("command/run", { command: "true" });
      hand.say({ type: "accept", offer: (await hand.hear("offer")).offer });
      const { trial, token } = await hand.hear("grant");
      const report = {
        type: "result",
        trial,
        token,
        timings: { durationMs: 1 },
        hasBegun: true,
        status: "failed",
      } as const;
      const [partition, epoch, sequence, mac] = token.split(".");
      const stale = [
        `${partition}.${Number(epoch) - 1}.${sequence}.${mac}`,
        `${partition}.${epoch}.${sequence}7.${mac}`,
      ];
      for (const other of stale) {
        hand.say({ ...report, token: other });
        expect((await hand.hear("refused")).reason).toBe("stale-lease");
      }
      expect((await task.refresh()).status).not.toMatch(/succeeded|failed/);
      hand.say({ ...report, status: "succeeded" });
      await hand.hear("accepted");
      expect((await task.outcome()).status).toBe("succeeded");
    }),
  );
});
