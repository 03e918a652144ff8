import { fork } from "node:child_process";
import { on, once } from "node:events";
import { planPartitions, type Standing } from "@capstan/core";
import { freshPostgres, hasPostgres } from "@capstan/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onSchema } from "../conformance/postgres-place.test.support.js";
import { launchedAtMs, makeTask, makeTaskset, taskId, tasksetId, worker } from "../conformance/sample-row.js";
import { withoutPartitions } from "../row/without-partitions.js";
import type { CommitBatch, SharedStore } from "../store.js";
import { openPostgresStore } from "./open-postgres-store.js";
import { ServerProxy } from "./server-proxy.test.support.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const all = Array.from({ length: 64 }, (_, partition) => partition);

interface Member {
  readonly store: SharedStore;
  readonly engine: string;
}

describe.skipIf(!hasPostgres())("a store on PostgreSQL that several engines share", () => {
  let url = "";
  let members: Member[] = [];
  beforeEach(async () => {
    url = await freshPostgres();
    members = [];
  });
  afterEach(async () => {
    await Promise.all(members.map(({ store }) => store.close(true).catch(() => {})));
  });

  /** Its lease is long, so that it ends when a test says so: machines that run tests may be slow. */
  async function join(weight = 1, { at = url, leaseMs = 600_000 } = {}): Promise<Member> {
    const store = openPostgresStore({ url: at });
    const { engine } = await store.join({ address: `http://${members.length}`, weight, leaseMs }, launchedAtMs);
    const member = { store, engine };
    members.push(member);
    return member;
  }

  async function take({ store }: Member, ...partitions: number[]): Promise<ReadonlyMap<number, number>> {
    const taking = await store.take(partitions);
    return new Map(taking.partitions.map(({ partition, epoch }) => [partition, epoch]));
  }

  const endLease = ({ engine }: Member) =>
    onSchema(url, (client) => client.query("UPDATE engine SET expires_at = clock_timestamp() WHERE id = $1", [engine]));

  const holdersOf = ({ partitions }: Standing) =>
    new Map(partitions.map(({ partition, engine }) => [partition, engine]));

  const launchIn = (partition: number, epoch: number, n = 1): CommitBatch => ({
    fences: [{ partition, epoch }],
    insertedTasks: [makeTask({ id: taskId(n, { partition }) })],
  });

  const readLaunched = async ({ store }: Member) => (await store.loadTasks(undefined, 99)).map(({ id }) => id);

  it("is made once when ten join at once, and each partition is taken by one of them", async () => {
    const ten = await Promise.all(all.slice(0, 10).map(() => join()));
    const takings = await Promise.all(ten.map((member) => take(member, ...all)));
    expect(takings.flatMap((taken) => [...taken.keys()]).toSorted((a, b) => a - b)).toEqual(all);
    for (const taken of takings) for (const epoch of taken.values()) expect(epoch).toBe(1);
  });

  it("comes to have one engine a partition, as the weights say, when all do what they plan at once", async () => {
    const four = await Promise.all([1, 1, 2, 4].map((weight) => join(weight)));
    await take(four[0]!, ...all.slice(0, 60));
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        four.map(async ({ store, engine }) => {
          const standing = (await store.renew())!;
          const plan = planPartitions(standing, engine);
          const epochs = new Map(standing.partitions.map(({ partition, epoch }) => [partition, epoch]));
          await store.handOver(plan.handOver.map((move) => ({ ...move, epoch: epochs.get(move.partition)! })));
          await store.take(plan.take);
        }),
      );
    }
    const holders = [...holdersOf((await four[0]!.store.renew())!).values()];
    expect(four.map(({ engine }) => holders.filter((holder) => holder === engine).length)).toEqual([8, 8, 16, 32]);
  });

  it("refuses the rows of a partition that an engine does not have, and takes those of the others", async () => {
    const [one, other] = [await join(), await join()];
    const [mine, theirs] = [await take(one, 3, 4), await take(other, 5)];
    const [held, lost, never] = [launchIn(3, mine.get(3)!), launchIn(4, mine.get(4)!), launchIn(5, 0)];
    const batch = {
      fences: [held, lost, never].flatMap(({ fences }) => fences),
      insertedTasks: [held, lost, never].flatMap(({ insertedTasks = [] }) => insertedTasks),
      workers: [worker],
    };
    await one.store.handOver([{ partition: 4, epoch: mine.get(4)!, to: other.engine }]);
    const refused = await one.store.commit(batch).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "FencedError", partitions: [4, 5], isStruckOff: false });
    expect(await readLaunched(one)).toEqual([]);
    await one.store.commit(withoutPartitions(batch, [4, 5]));
    await other.store.commit(launchIn(5, theirs.get(5)!, 2));
    expect(await readLaunched(one)).toEqual([taskId(1, { partition: 3 }), taskId(2, { partition: 5 })]);
  });

  it("gives a partition that is handed over to the named engine alone, clean, with its tasksets", async () => {
    const [one, target, third] = [await join(), await join(), await join()];
    const epoch = (await take(one, 7, 8)).get(7)!;
    const tasksets = [7, 8].map((partition) => makeTaskset({ id: tasksetId(1, { partition }), status: "running" }));
    await one.store.commit({ fences: [7, 8].map((partition) => ({ partition, epoch })), tasksets });
    const move = { partition: 7, epoch, to: target.engine };
    expect(await one.store.handOver([{ ...move, epoch: epoch - 1 }])).toEqual([]);
    expect(await third.store.handOver([move])).toEqual([]);
    expect(await one.store.handOver([move, { ...move, partition: 9 }])).toEqual([7]);
    await expect(one.store.commit(launchIn(7, epoch))).rejects.toMatchObject({ partitions: [7] });
    expect(await take(third, 7)).toEqual(new Map());
    expect(await target.store.take([7])).toEqual({
      partitions: [{ partition: 7, epoch: epoch + 2, wasClean: true }],
      tasksets: [tasksets[0]],
    });
    expect(holdersOf((await third.store.renew())!).get(7)).toBe(target.engine);
  });

  it("gives a partition that was handed to an engine that is gone to whoever takes it", async () => {
    const [one, gone, third] = [await join(), await join(), await join()];
    const epoch = (await take(one, 7)).get(7)!;
    await one.store.handOver([{ partition: 7, epoch, to: gone.engine }]);
    await endLease(gone);
    expect([...(await take(third, 7)).keys()]).toEqual([7]);
  });

  it("strikes off an engine whose lease has run out when another takes: it renews and writes nothing more", async () => {
    const [late, other] = [await join(), await join()];
    const taken = await take(late, 1, 2);
    expect(await take(other, 1)).toEqual(new Map());
    await endLease(late);
    // Nobody has noticed: what it has is still its own.
    await late.store.commit(launchIn(1, taken.get(1)!));
    expect((await other.store.take([1])).partitions).toEqual([{ partition: 1, epoch: 2, wasClean: false }]);
    const struckOff = { name: "FencedError", isStruckOff: true };
    await expect(late.store.commit(launchIn(2, taken.get(2)!))).rejects.toMatchObject(struckOff);
    await expect(late.store.commit({ fences: [], workers: [worker] })).rejects.toMatchObject(struckOff);
    expect(await late.store.renew()).toBeUndefined();
    expect(await take(late, 9)).toEqual(new Map());
    expect((await other.store.renew())!.engines.map(({ id }) => id)).toEqual([other.engine]);
    expect(await readLaunched(other)).toEqual([taskId(1, { partition: 1 })]);
  });

  it("does not renew a lease that has run out, although nobody has noticed yet", async () => {
    const [late, other] = [await join(), await join()];
    await take(late, 1);
    await endLease(late);
    expect(await late.store.renew()).toBeUndefined();
    expect([...(await take(other, 1)).keys()]).toEqual([1]);
  });

  it("waits for a renewal that is under way before it strikes an engine off", async () => {
    const [slow, other] = [await join(), await join()];
    await take(slow, 1);
    await endLease(slow);
    await onSchema(url, async (client) => {
      // A renewal that was in time, and whose commit is late.
      const renewal = "UPDATE engine SET expires_at = clock_timestamp() + interval '10 minutes' WHERE id = $1";
      await client.query("BEGIN");
      await client.query(renewal, [slow.engine]);
      const taking = take(other, 1);
      const waiting =
        "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid' AND transactionid = pg_current_xact_id()::xid";
      while ((await client.query(waiting)).rows.length === 0);
      await client.query("COMMIT");
      expect(await taking).toEqual(new Map());
    });
    expect(await slow.store.renew()).toBeDefined();
  });

  it("gives a partition anew to the engine that has it: the answer to its first taking may have been lost", async () => {
    const one = await join();
    await take(one, 1);
    expect((await one.store.take([1])).partitions).toEqual([{ partition: 1, epoch: 2, wasClean: false }]);
  });

  it("gives what an engine had to the others when it leaves, clean, and at once", async () => {
    const [one, other] = [await join(), await join()];
    await take(one, ...all);
    await one.store.close(true);
    const { partitions } = await other.store.take(all);
    expect(partitions).toHaveLength(64);
    for (const { wasClean } of partitions) expect(wasClean).toBe(true);
  });

  it("is not for an engine that wants it alone, nor the other way round", async () => {
    const shared = await join();
    const alone = openPostgresStore({ url });
    await expect(alone.open(launchedAtMs)).rejects.toMatchObject({ code: "store-locked" });
    await take(shared, 1);
    await shared.store.close(true);
    const next = openPostgresStore({ url });
    expect(await next.open(launchedAtMs)).toMatchObject({ wasClean: true });
    await expect(join()).rejects.toMatchObject({ code: "store-locked" });
    await expect(next.renew()).rejects.toMatchObject({ code: "internal" });
    await next.close(false);
    const taking = await (await join()).store.take([1]);
    expect(taking.partitions).toMatchObject([{ partition: 1, wasClean: false }]);
  });

  it("knows that a commit whose answer was lost has happened, although its partition is another's since", async () => {
    const proxy = await ServerProxy.start(url);
    const one = await join(1, { at: proxy.url });
    const other = await join();
    const batch = launchIn(7, (await take(one, 7)).get(7)!);
    proxy.swallowCommit();
    await expect(one.store.commit(batch)).rejects.toMatchObject({ code: "store-failed" });
    expect(proxy.swallowed).toBe(1);
    // As if it had given it up, which it cannot while it does not know.
    await onSchema(url, (client) => client.query("UPDATE partition SET engine = NULL WHERE partition = 7"));
    expect([...(await take(other, 7)).keys()]).toEqual([7]);
    await one.store.commit(batch);
    await expect(one.store.commit(launchIn(7, 1, 2))).rejects.toMatchObject({ partitions: [7] });
    expect(await readLaunched(one)).toEqual([taskId(1)]);
    proxy.close();
  });

  it("has the partitions of a killed engine for another when its lease has run out, with all that it committed", async () => {
    const other = await join();
    const child = fork(new URL("../conformance/shared-child.js", import.meta.url), [url]);
    const [{ engine, taken }] = (await once(child, "message")) as [{ engine: string; taken: number }];
    expect(taken).toBe(64);
    let committed = 0;
    for await (const [message] of on(child, "message") as AsyncIterable<[{ committed: number }]>) {
      committed = message.committed + 1;
      if (committed === 3) break;
    }
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const { engines } = (await other.store.renew())!;
    expect(engines.find(({ id }) => id === engine)!.remainingMs).toBeLessThanOrEqual(3_000);
    const wait = "SELECT pg_sleep(extract(epoch FROM expires_at - clock_timestamp())) FROM engine WHERE id = $1";
    await onSchema(url, (client) => client.query(wait, [engine]));
    expect((await other.store.take(all)).partitions).toHaveLength(64);
    expect((await readLaunched(other)).length).toBeGreaterThanOrEqual(committed);
  });
});
