import type { OfferMessage, WorkerMessage } from "@capstan/protocol";
import { makeGate, type Gate } from "@capstan/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { OfferBook } from "./offer-book.js";
import { Declined, type Seat } from "./seat.js";

let sent: WorkerMessage[];
let released: number;
let claims: Gate<Seat | Declined>[];
let book: OfferBook;

const seat = (): Seat => ({
  executor: "node-1",
  isAlive: true,
  run: () => {
    throw new Error("nothing runs here");
  },
  release: () => (released += 1),
});
const offer = (number: number, isPrefetch = false): OfferMessage => ({
  type: "offer",
  offer: number,
  task: `task_${"0".repeat(22)}`,
  definition: "p/d",
  revision: `rev_${"0".repeat(26)}`,
  runtime: "node",
  ...(isPrefetch ? { isPrefetch } : {}),
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const types = (): string[] => sent.map(({ type }) => type);

beforeEach(() => {
  sent = [];
  released = 0;
  claims = [];
  book = new OfferBook({
    slots: 1,
    seats: {
      claim: () => {
        const gate = makeGate<Seat | Declined>();
        claims.push(gate);
        return gate.opened;
      },
    },
    revisions: () => "any",
    send: (message) => sent.push(message),
    settleSoon: () => {},
    now: () => ({ monotonicMs: 0, wallMs: 0 }),
  });
  book.ready();
  book.settle();
  sent = [];
});

describe("an offer whose executor is on its way", () => {
  test("keeps a slot, and is accepted when the executor is there", async () => {
    book.offer(offer(1));
    expect([book.slotsBusy, types()]).toEqual([1, []]);
    claims[0]!.open(seat());
    await turn();
    expect(sent).toEqual([{ type: "accept", offer: 1, executor: "node-1" }]);
  });

  test("is forgotten with its connection, also when the same number is offered on the next one", async () => {
    book.offer(offer(1));
    book.forget();
    book.ready();
    book.offer(offer(1));
    claims[0]!.open(seat());
    await turn();
    expect([types(), released, book.slotsBusy]).toEqual([[], 1, 0]);
    book.settle();
    claims[1]!.open(seat());
    await turn();
    expect([types(), book.slotsBusy]).toEqual([["accept"], 1]);
  });

  test("that is revoked gives its seat and slot back", async () => {
    book.offer(offer(1));
    book.revoke(1);
    claims[0]!.open(seat());
    await turn();
    expect([types(), released, book.slotsBusy]).toEqual([[], 1, 0]);
  });

  test("is declined when the executor does not come, or the worker drains meanwhile", async () => {
    book.offer(offer(1));
    claims[0]!.open(new Declined("load-failed", "x".repeat(10_000)));
    await turn();
    book.settle();
    book.offer(offer(2));
    book.drain(true);
    claims[1]!.open(seat());
    await turn();
    expect(sent.flatMap((message) => (message.type === "decline" ? [message.reason] : []))).toEqual([
      "load-failed",
      "draining",
    ]);
    expect([released, book.slotsBusy]).toEqual([1, 0]);
  });
});

test("an accepted offer that is halted, or whose connection is lost, gives its seat and slot back", async () => {
  for (const end of [() => book.halt(1), () => book.revoke(1), () => book.forget()]) {
    released = 0;
    book.offer(offer(1));
    claims.at(-1)!.open(seat());
    await turn();
    expect(book.slotsBusy).toBe(1);
    end();
    expect([released, book.slotsBusy]).toEqual([1, 0]);
  }
});

test("offers beyond the slots wait for one, in order, without a credit", async () => {
  book.offer(offer(1));
  book.offer(offer(2, true));
  book.offer(offer(3, true));
  claims[0]!.open(seat());
  await turn();
  book.halt(1);
  book.settle();
  claims[1]!.open(seat());
  await turn();
  expect(sent.map((message) => ("offer" in message ? message.offer : message.type))).toEqual([1, 2]);
});

test("an offer that is said again, wherever it is, takes no second slot", async () => {
  const two = new OfferBook({
    slots: 2,
    seats: {
      claim: () => {
        const gate = makeGate<Seat | Declined>();
        claims.push(gate);
        return gate.opened;
      },
    },
    revisions: () => "any",
    send: (message) => sent.push(message),
    settleSoon: () => {},
    now: () => ({ monotonicMs: 0, wallMs: 0 }),
  });
  two.ready();
  two.offer(offer(1));
  two.offer(offer(1));
  claims[0]!.open(seat());
  await turn();
  two.offer(offer(1));
  expect([types(), two.slotsBusy, claims.length]).toEqual([["accept"], 1, 1]);
  two.halt(1);
  expect([two.slotsBusy, released]).toEqual([0, 1]);
});
