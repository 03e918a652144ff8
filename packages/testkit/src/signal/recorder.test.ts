import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { makeGate } from "./gate.js";
import { Recorder } from "./recorder.js";
import { waitForEvent } from "./wait-for-event.js";
import { within } from "./within.js";

describe("Recorder", () => {
  test("gives what came before, and waits for what comes later", async () => {
    const recorder = new Recorder<number>();
    recorder.add(1);
    expect(await recorder.waitFor((n) => n === 1)).toBe(1);
    const two = recorder.waitFor((n) => n === 2);
    const all = recorder.waitForCount(3);
    recorder.add(2);
    recorder.add(3);
    expect(await two).toBe(2);
    expect(await all).toEqual([1, 2, 3]);
  });

  test("says what came when the right thing did not", async () => {
    const recorder = new Recorder<string>();
    recorder.add("other");
    await expect(recorder.waitFor((text) => text === "it", 1)).rejects.toThrow("there were: [ 'other' ]");
  });
});

describe("within, makeGate and waitForEvent", () => {
  test("a gate holds until it is opened, or fails", async () => {
    const gate = makeGate<number>();
    expect(gate.isOpen).toBe(false);
    await expect(within(gate.opened, 1, "the gate")).rejects.toThrow("after 1 ms still without the gate");
    gate.open(5);
    expect([gate.isOpen, await gate.opened]).toEqual([true, 5]);
    const failing = makeGate();
    failing.fail(new Error("shut"));
    await expect(failing.opened).rejects.toThrow("shut");
  });

  test("an event is waited for with its arguments", async () => {
    const emitter = new EventEmitter();
    const event = waitForEvent(emitter, "done");
    emitter.emit("done", 1, 2);
    expect(await event).toEqual([1, 2]);
    await expect(waitForEvent(emitter, "never", 1)).rejects.toThrow('the event "never"');
  });
});
