import fc from "fast-check";
import { Tape } from "../session/tape.js";
import { WorkerCourse, workerActs, type WorkerAct } from "../session/worker-course.js";
import { WorkerStage } from "../session/worker-stage.js";
import { stateless, type Target } from "./target.js";

const stepsMax = 60;
const byte = fc.nat({ max: 255 });

function tapeOf(act: WorkerAct, args: readonly number[] = [], hasRest = true): string {
  return String.fromCharCode(workerActs.indexOf(act) + (hasRest ? workerActs.length : 0), ...args);
}

const step = fc
  .tuple(fc.constantFrom(...workerActs), fc.array(byte, { maxLength: 3 }), fc.boolean())
  .map(([act, args, hasRest]) => tapeOf(act, args, hasRest));

/** An engine that offers, grants and answers, as it should: from there on it goes wrong. */
const story = fc
  .record({ how: fc.nat({ max: 199 }), task: fc.nat({ max: 3 }), length: fc.integer({ min: 1, max: 6 }) })
  .map(({ how, task, length }) =>
    [
      tapeOf("welcome", [how]),
      tapeOf("offer", [task]),
      tapeOf("grant", [how, task]),
      tapeOf("heartbeat", [how]),
      tapeOf("advance", [how, 0]),
      tapeOf("answer", [0, how]),
    ]
      .slice(0, length)
      .join(""),
  );

/**
 * The worker's session under arbitrary sequences of frames: never a crash, never an illegal transition, and a worker
 * that is closed has nothing left.
 */
export const workerSession: Target = {
  name: "worker-session",
  kind: "sequence",
  heapBytesMax: 32 * 1024 * 1024,
  inputMsMax: 10_000,
  seeds: fc
    .array(fc.oneof({ weight: 2, arbitrary: story }, { weight: 3, arbitrary: step }), { maxLength: 24 })
    .map((parts) => tapeOf("welcome", [1]) + parts.join("")),
  words: workerActs.map((act) => tapeOf(act)),
  open: stateless(async (input) => {
    const stage = new WorkerStage();
    stage.start();
    await new WorkerCourse(stage, new Tape(input)).play(stepsMax);
    await stage.close();
  }),
};
