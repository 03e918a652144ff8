import { describe, expect, it } from "vitest";
import { namespace, withBed, type EngineBed, type TestWorker } from "../engine/engine-bed.test.support.js";

async function stdoutOf(bed: EngineBed, trial: string): Promise<string> {
  const range = { trial, stream: "stdout", offset: 0, bytesMax: 1_000 } as const;
  return (await bed.store.store.readLog({ namespace, ...range })).text;
}

const log = (worker: TestWorker, trial: string, text: string) =>
  worker.send({ type: "log", trial, stream: "stdout", sequence: 1, text });

async function granted(bed: EngineBed, name: string) {
  const worker = bed.worker();
  await worker.join({ name });
  await bed.settle();
  return { worker, grant: await worker.accept() };
}

describe("output of a trial whose engine was killed right after its grant", () => {
  it(
    "is stored with the grant: the next trial has another id",
    withBed(async (bed) => {
      const { task } = await bed.launch();
      const { worker, grant } = await granted(bed, "one");
      await log(worker, grant.trial, "first");
      expect(worker.last("logged")).toMatchObject({ trial: grant.trial, sequence: 1 });
      await bed.kill();
      await bed.start();
      expect((await bed.operations.listTrials(namespace, task)).map(({ id }) => id)).toEqual([grant.trial]);
      // Its worker is gone too: after its lease the task goes to another.
      await bed.advance(11_000);
      const second = await granted(bed, "two");
      expect(second.grant.task).toBe(task);
      expect(second.grant.trial).not.toBe(grant.trial);
      await log(second.worker, second.grant.trial, "second");
      expect(await stdoutOf(bed, grant.trial)).toBe("first");
      expect(await stdoutOf(bed, second.grant.trial)).toBe("second");
    }),
  );

  it(
    "is not taken when the grant is forgotten and was not taken up again: its id is another's",
    withBed(async (bed) => {
      const { task } = await bed.launch();
      const { worker, grant } = await granted(bed, "one");
      await bed.kill();
      await bed.start();
      // It comes back without the trial, and sends what it had still to say of it.
      await worker.join({ name: "one" }, 0);
      await log(worker, grant.trial, "of nobody");
      expect(worker.last("logged")).toMatchObject({ trial: grant.trial, sequence: 1 });
      const second = await granted(bed, "two");
      expect(second.grant.task).toBe(task);
      await log(second.worker, second.grant.trial, "its own");
      expect(await stdoutOf(bed, second.grant.trial)).toBe("its own");
    }),
  );
});

describe("output that is followed", () => {
  it(
    "has ended when its last bytes can be read, not before: a trial may be over while they are still being written",
    withBed(async (bed) => {
      await bed.launch();
      const { worker, grant } = await granted(bed, "one");
      const following = bed.operations.followLog(namespace, grant.trial, () => {});
      expect(await following.isEnded()).toBe(false);
      const release = bed.store.hold();
      await log(worker, grant.trial, "the end");
      await worker.report(grant);
      const textAtEnd = following.isEnded().then(async () => stdoutOf(bed, grant.trial));
      await bed.settle();
      release();
      expect(await textAtEnd).toBe("the end");
      following.stop();
    }),
  );
});
