import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeEvent } from "@capstan/core";
import { EventHub } from "./event-hub.js";

const event = (n: number, namespace = "default"): ChangeEvent => ({
  type: "task.queued",
  namespace,
  atMs: n,
  task: `t${n}`,
});

describe("the ring of events", () => {
  it("gives a reader every event once and in order, or says that some are gone", () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 30 }),
        fc.infiniteStream(fc.nat(4)),
        (commits, eventsMax, limits) => {
          const hub = new EventHub({ epoch: 3, eventsMax });
          const feed = hub.of("default");
          let cursor = feed.cursor;
          let made = 0;
          let seen = 0;
          for (const [at, size] of commits.entries()) {
            hub.append(
              at + 1,
              Array.from({ length: size }, () => event((made += 1))),
            );
            const limit = limits.next().value as number;
            try {
              const batch = feed.read(cursor, limit);
              for (const each of batch.events) expect(each.atMs).toBe((seen += 1));
              expect(batch.events.length).toBe(Math.min(limit, made - (seen - batch.events.length)));
              cursor = batch.cursor;
            } catch (error) {
              // Gone only when more than the ring keeps lies between.
              expect(error).toMatchObject({ code: "cursor-expired" });
              expect(made - seen).toBeGreaterThan(eventsMax);
              cursor = feed.cursor;
              seen = made;
            }
          }
          expect(feed.read(undefined, 10)).toEqual({ events: [], cursor: feed.cursor });
        },
      ),
    );
  });

  it("keeps commits whole, however large", () => {
    const hub = new EventHub({ epoch: 1, eventsMax: 3 });
    const start = hub.of("default").cursor;
    hub.append(
      1,
      Array.from({ length: 10 }, (_, n) => event(n)),
    );
    expect(hub.of("default").read(start, 100).events).toHaveLength(10);
    hub.append(2, [event(11), event(12)]);
    expect(hub.of("default").read(start, 100).events).toHaveLength(12);
    hub.append(3, [event(13)]);
    expect(() => hub.of("default").read(start, 100)).toThrow("no longer kept");
  });

  it("keeps namespaces apart within one commit", () => {
    const hub = new EventHub({ epoch: 1 });
    const before = { a: hub.of("a").cursor, b: hub.of("b").cursor };
    hub.append(1, [event(1, "a"), event(2, "b"), event(3, "a")]);
    expect(
      hub
        .of("a")
        .read(before.a, 9)
        .events.map(({ atMs }) => atMs),
    ).toEqual([1, 3]);
    expect(hub.of("b").read(before.b, 9).events).toEqual([
      { cursor: "1-1-0", type: "task.queued", atMs: 2, task: "t2" },
    ]);
  });

  it("begins a new namespace at the present, so that no older cursor fits it", () => {
    const hub = new EventHub({ epoch: 1 });
    hub.append(5, [event(1)]);
    const feed = hub.of("new");
    expect(feed.cursor).toBe("1-5-0");
    expect(() => feed.read("1-4-0", 1)).toThrow("no longer kept");
    hub.append(6, [event(2, "new")]);
    expect(feed.read("1-5-0", 9).events).toHaveLength(1);
  });

  it("calls subscribers once a commit, until they stop", () => {
    const hub = new EventHub({ epoch: 1 });
    let calls = 0;
    const count = (): void => void (calls += 1);
    const stops = [hub.of("default").subscribe(count), hub.of("default").subscribe(count)];
    hub.append(1, [event(1), event(2)]);
    expect(calls).toBe(2);
    stops[0]!();
    hub.append(2, [event(3)]);
    hub.append(3, [event(4, "other")]);
    expect(calls).toBe(3);
  });

  it("forgets nothing that is kept when it gives back its room", () => {
    const hub = new EventHub({ epoch: 1, eventsMax: 10 });
    for (let n = 1; n <= 20_000; n += 1) hub.append(n, [event(n)]);
    expect(
      hub
        .of("default")
        .read("1-19990-0", 100)
        .events.map(({ atMs }) => atMs),
    ).toEqual([19_991, 19_992, 19_993, 19_994, 19_995, 19_996, 19_997, 19_998, 19_999, 20_000]);
  });

  it("refuses a commit out of order", () => {
    const hub = new EventHub({ epoch: 1 });
    hub.append(2, [event(1)]);
    expect(() => hub.append(2, [event(2)])).toThrow("came after");
  });
});
