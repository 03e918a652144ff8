import { EngineMessage } from "@capstan/protocol";
import { MessagePool } from "./message-pool.js";
import type { Tape } from "./tape.js";
import { demoRevision, welcome, type WorkerStage } from "./worker-stage.js";

const pool = new MessagePool(EngineMessage);
const definitions = ["demo/quick", "demo/hang", "demo/slow", "demo/fail", "demo/none"] as const;

/** What can happen; a byte of a tape stands for each, and for each with rest after it. */
export const workerActs = [
  "welcome",
  "offer",
  "grant",
  "answer",
  "offer",
  "grant",
  "advance",
  "halt",
  "revoke",
  "stop",
  "heartbeat",
  "logged",
  "refuse",
  "drain",
  "noMoreTasks",
  "repeat",
  "any",
  "anyTwo",
  "garbage",
  "cut",
  "away",
  "answerUnknown",
] as const;
export type WorkerAct = (typeof workerActs)[number];

/** Plays a tape to a worker: an engine that keeps to the protocol, lies, repeats and goes away. */
export class WorkerCourse {
  readonly #stage: WorkerStage;
  readonly #tape: Tape;
  readonly #steps: Readonly<Record<WorkerAct, () => Promise<void> | void>>;

  constructor(stage: WorkerStage, tape: Tape) {
    this.#stage = stage;
    this.#tape = tape;
    this.#steps = this.#makeSteps();
  }

  async play(stepsMax: number): Promise<void> {
    await this.#stage.settle();
    for (let step = 0; step < stepsMax && !this.#tape.isOver; step += 1) {
      const act = this.#tape.byte();
      await this.#steps[workerActs[act % workerActs.length]!]();
      // Sometimes several frames come in one turn.
      if (act < workerActs.length) continue;
      await this.#stage.settle();
      this.#stage.check();
    }
  }

  #makeSteps(): Readonly<Record<WorkerAct, () => Promise<void> | void>> {
    const { engine, clock } = this.#stage;
    const tape = this.#tape;
    return {
      welcome: () => this.#welcome(),
      offer: () => this.#offer(),
      grant: () => this.#grant(),
      answer: () => this.#answer(),
      advance: () => clock.advance(tape.byte() * (tape.byte() < 200 ? 10 : 200)),
      halt: () =>
        engine.say({ type: "halt", offer: this.#someOffer(), reason: tape.pick(["paused", "claimed", "revoked"]) }),
      revoke: () => engine.say({ type: "revoke", offer: this.#someOffer() }),
      stop: () => this.#stop(),
      heartbeat: () => this.#heartbeat(),
      logged: () => engine.say({ type: "logged", trial: this.#someTrial(), sequence: tape.byte() }),
      refuse: () =>
        engine.say({
          type: "refuse",
          code: tape.pick(["session-taken", "internal", "unsupported-protocol", "coffee"]),
          message: "no",
        }),
      drain: () => engine.say(tape.byte() < 100 ? { type: "drain", reason: "so it is" } : { type: "undrain" }),
      noMoreTasks: () =>
        engine.say(tape.byte() < 128 ? { type: "noMoreTasks", revision: demoRevision } : { type: "noDeployInfo" }),
      repeat: () => engine.repeat(),
      any: () => engine.say(pool.pick(tape)),
      anyTwo: () => engine.say(pool.pick(tape), pool.pick(tape)),
      garbage: () => engine.sayText(tape.bytes(tape.byte() % 24)),
      cut: () => engine.cut(),
      away: () => this.#goAway(),
      answerUnknown: () =>
        engine.say(
          { type: "accepted", trial: this.#someTrial() },
          { type: "accepted", trial: `trial_${"0".repeat(22)}_9` },
        ),
    };
  }

  #welcome(): void {
    const how = this.#tape.byte();
    const fates = this.#stage.engine.trials
      .slice(-(how % 4))
      .map((trial) => ({ trial, fate: how % 3 === 0 ? "stop" : "adopted" }));
    const heartbeatMs = how % 32 === 31 ? 0 : 2_000;
    this.#stage.engine.say({ ...welcome, isResumed: how % 2 === 0, heartbeatMs, fates });
  }

  #offer(): void {
    const how = this.#tape.byte();
    const { engine } = this.#stage;
    const { offer, task } = engine.offer();
    engine.say({
      type: "offer",
      offer,
      task,
      definition: definitions[how % definitions.length],
      revision: how % 16 === 15 ? `rev_${"0".repeat(26)}` : demoRevision,
      runtime: how % 32 === 30 ? "node" : "inline",
      ...(how % 8 === 7 ? { isPrefetch: true } : {}),
      ...(how % 8 === 6 ? { isAlone: true } : {}),
    });
  }

  #someOffer(): number {
    return this.#tape.pick([...this.#stage.engine.offers.keys()].slice(-4)) ?? 1 + this.#tape.byte();
  }

  #someTrial(): string {
    return this.#tape.pick(this.#stage.engine.trials.slice(-5)) ?? `trial_${"0".repeat(22)}_1`;
  }

  #grant(): void {
    const { engine } = this.#stage;
    const how = this.#tape.byte();
    const offer = how < 200 ? (engine.accepted.shift() ?? this.#someOffer()) : this.#someOffer();
    const trial = engine.trialOf(offer);
    engine.say({
      type: "grant",
      offer,
      trial,
      token: `1.1.${offer}.mac`,
      task: engine.offers.get(offer) ?? `task_${"0".repeat(22)}`,
      definition: definitions[this.#tape.byte() % definitions.length],
      revision: demoRevision,
      number: 1,
      round: 1,
      limits: { softMs: 100 + 10 * how, hardMs: 200 + 10 * how, stopGraceMs: how, outputBytesMax: 1_000 },
      leaseMs: 1_000 + 40 * how,
      isSafeToRerun: how % 3 !== 0,
      ...(how % 2 === 0 ? { input: how } : {}),
    });
  }

  #answer(): void {
    const { engine } = this.#stage;
    const trial = this.#tape.pick(engine.reported.slice(-4)) ?? this.#someTrial();
    const how = this.#tape.byte();
    if (how < 160) engine.say({ type: "accepted", trial });
    else
      engine.say({
        type: "refused",
        trial,
        reason: this.#tape.pick(["stale-lease", "already-final", "unknown-trial"]),
      });
  }

  #stop(): void {
    const how = this.#tape.byte();
    const reason = this.#tape.pick(["cancel", "pause", "twin", "stale", "shutdown"]);
    this.#stage.engine.say({ type: "stop", trial: this.#someTrial(), reason, graceMs: how });
  }

  #heartbeat(): void {
    const how = this.#tape.byte();
    const { engine } = this.#stage;
    const sequence = how < 200 ? engine.heartbeat : how;
    engine.say({ type: "heartbeat", sequence, ...(how % 5 === 4 ? { unknown: [this.#someTrial()] } : {}) });
  }

  async #goAway(): Promise<void> {
    this.#stage.isReachable = false;
    this.#stage.engine.cut();
    await this.#stage.clock.advance(this.#tape.byte() * 100);
    this.#stage.isReachable = true;
  }
}
