import fc from "fast-check";
import { EngineCourse, engineActs, type EngineAct } from "../session/engine-course.js";
import { EngineStage } from "../session/engine-stage.js";
import { Tape } from "../session/tape.js";
import type { Target, Taker } from "./target.js";

const stepsMax = 60;
/** Courses after which the engine, and all that it has stored, is exchanged. */
const coursesMax = 200;

const byte = fc.nat({ max: 255 });

/** A step, and whether others come in the same turn. */
function tapeOf(act: EngineAct, args: readonly number[] = [], hasRest = true): string {
  return String.fromCharCode(engineActs.indexOf(act) + (hasRest ? engineActs.length : 0), ...args);
}

const step = fc
  .tuple(fc.constantFrom(...engineActs), fc.array(byte, { maxLength: 4 }), fc.boolean())
  .map(([act, args, hasRest]) => tapeOf(act, args, hasRest));

/** A worker that joins, asks, accepts and reports, as it should: from there on it goes wrong. */
const story = fc
  .record({
    worker: fc.nat({ max: 2 }),
    how: fc.nat({ max: 60 }),
    policy: fc.nat({ max: 7 }),
    end: byte,
    length: fc.integer({ min: 2, max: 6 }),
  })
  .map(({ worker, how, policy, end, length }) =>
    [
      tapeOf("join", [worker, 1 + (how & ~7)]),
      how % 3 === 0 ? tapeOf("launchTaskset", [how]) : tapeOf("launch", [policy]),
      tapeOf("acquire", [worker, 0, 3]),
      tapeOf("accept", [worker, 0]),
      tapeOf("log", [worker, 0, 0, how]),
      tapeOf("report", [worker, 0, 0, end]),
    ]
      .slice(0, length)
      .join(""),
  );

/**
 * The engine's sessions under arbitrary sequences of frames: never a crash, never an illegal transition, nothing left in
 * its maps when all is over.
 */
export const engineSession: Target = {
  name: "engine-session",
  kind: "sequence",
  heapBytesMax: 48 * 1024 * 1024,
  inputMsMax: 10_000,
  seeds: fc
    .array(fc.oneof({ weight: 2, arbitrary: story }, { weight: 3, arbitrary: step }), { maxLength: 24 })
    .map((parts) => parts.join("")),
  words: engineActs.map((act) => tapeOf(act)),
  open: () => new EngineTaker(),
};

class EngineTaker implements Taker {
  #stage: EngineStage | undefined;
  #courses = 0;

  readonly take = async (input: string): Promise<void> => {
    this.#stage ??= await EngineStage.open();
    try {
      await new EngineCourse(this.#stage, new Tape(input)).play(stepsMax);
      await this.#stage.clear();
    } catch (error) {
      await this.#renew();
      throw error;
    }
    this.#courses += 1;
    if (this.#courses % coursesMax === 0) await this.#renew();
  };

  async #renew(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    await stage?.close();
  }

  readonly close = (): Promise<void> => this.#renew();
}
