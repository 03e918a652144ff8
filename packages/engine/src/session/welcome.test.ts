import { expect, it } from "vitest";
import { withBed } from "../engine/engine-bed.test.support.js";

it(
  "a welcome follows its commit, and what came before it is taken then",
  withBed(async (bed) => {
    const worker = bed.worker();
    await worker.connect();
    const release = bed.store.hold();
    await worker.send(worker.hello(), { type: "acquire", revisions: "any", credits: 1 });
    await worker.send({ type: "heartbeat", sequence: 7 });
    expect(worker.messages).toEqual([]);
    release();
    await bed.settle();
    expect(worker.messages.map(({ type }) => type)).toEqual(["welcome", "heartbeat"]);
    expect(worker.last("welcome").isResumed).toBe(false);
    await bed.launch();
    await bed.settle();
    expect(worker.all("offer")).toHaveLength(1);
  }),
);
