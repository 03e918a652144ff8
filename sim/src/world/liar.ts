import {
  decodeEngineFrame,
  protocolVersion,
  type Clock,
  type Connection,
  type EngineMessage,
  type EngineMessageOf,
} from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";
import type { Ledger } from "../check/ledger.js";
import { Lifetime } from "./lifetime.js";
import type { Network } from "./network.js";

export interface LiarOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly ledger: Ledger;
  /** Revisions that it claims to hold. */
  readonly revisions: () => readonly string[];
}

type Grant = Pick<EngineMessageOf<"grant">, "trial" | "task" | "token" | "revision">;
type Message = Record<string, unknown>;

const name = "liar";
const wordsMax = 40;

/**
 * A worker that cannot be trusted: it joins like any other, takes tasks, and says what is not so. It tells the truth of
 * one thing alone, whether code of its own ran: no engine could know that better.
 */
export class Liar {
  readonly #options: LiarOptions;
  #life: Lifetime;
  #connection: Connection | undefined;
  #session: EngineMessageOf<"welcome">["session"] | undefined;
  #sequence = 0;
  /** Leases that it has heard of: its own, and those that it overheard. */
  readonly #heard: Grant[] = [];
  /** What it was granted and has not been answered on: of that it says truly that it has it. */
  readonly #own = new Map<string, Grant>();
  /** What it was offered last. */
  #offered: Pick<EngineMessageOf<"offer">, "task" | "revision"> | undefined;
  /** How often it reported one of its own under a token that is not its: such a refusal says nothing of the trial. */
  readonly #forged = new Map<string, number>();

  constructor(options: LiarOptions) {
    this.#options = options;
    this.#life = new Lifetime(options.clock);
  }

  start(): void {
    void this.#connect();
  }

  /** It is found out. */
  end(): void {
    this.#life.end();
    this.#options.network.drop(this.#life, () => false);
  }

  /** What passes on the wires of others. */
  overhear(text: string): void {
    if (!text.includes('"grant"')) return;
    for (const message of JSON.parse(text) as EngineMessage[]) if (message.type === "grant") this.#note(message);
  }

  #note({ trial, task, token, revision }: Grant): void {
    this.#heard.push({ trial, task, token, revision });
    if (this.#heard.length > wordsMax) this.#heard.shift();
  }

  async #connect(): Promise<void> {
    const { network, random } = this.#options;
    try {
      const connection = await network.transport(name, this.#life).connect("", {});
      this.#connection = connection;
      connection.onFrame = (text) => this.#read(text);
      connection.onClose = () => this.#again();
      this.#hello();
    } catch {
      this.#life.clock.setTimer(random.int(500, 20_000), () => void this.#connect());
    }
  }

  #again(): void {
    const { random } = this.#options;
    this.#connection = undefined;
    this.#life.clock.setTimer(random.int(500, 20_000), () => void this.#connect());
  }

  #say(...messages: Message[]): void {
    const text = JSON.stringify(messages);
    const { random, network } = this.#options;
    this.#connection?.send(random.chance(0.02) ? network.garble(text) : text);
  }

  #hello(): void {
    const { random, revisions } = this.#options;
    const heard = random.chance(0.5) ? this.#heard.slice(-3) : [];
    const others = [...heard, ...this.#invented()].filter(({ trial }) => !this.#own.has(trial));
    const claims = [...this.#own.values(), ...others];
    const trials = claims.map((grant) => ({ ...grant, state: random.pick(["running", "ended"]) }));
    const session = this.#session !== undefined && random.chance(0.7) ? { session: this.#session } : {};
    const facts = { protocol: protocolVersion, name, labels: [], slots: 2, runtimes: ["inline"] };
    this.#say({ type: "hello", ...facts, revisions: revisions(), trials, ...session });
  }

  /** A trial that nobody granted, of the task that it was offered last, under the token of another. */
  #invented(): Grant[] {
    const token = this.#heard.at(-1)?.token;
    if (this.#offered === undefined || token === undefined) return [];
    const { task, revision } = this.#offered;
    const invented = { trial: `trial_${task.slice("task_".length)}_1`, task, token, revision };
    this.#note(invented);
    return [invented];
  }

  #read(text: string): void {
    let messages: EngineMessage[];
    try {
      messages = decodeEngineFrame(text);
    } catch {
      // Garbled on its way: it hangs up, as any worker does.
      this.#connection?.close(1002, "not a frame");
      return this.#again();
    }
    for (const message of messages) this.#takeOne(message);
  }

  #takeOne(message: EngineMessage): void {
    const { random } = this.#options;
    switch (message.type) {
      case "welcome":
        this.#session = message.session;
        this.#say({ type: "acquire", revisions: this.#options.revisions(), credits: random.int(0, 2) });
        return this.#beat(message.heartbeatMs);
      case "offer":
        this.#offered = message;
        return this.#answer(message.offer);
      case "grant":
        return this.#run(message);
      case "accepted":
        return void this.#own.delete(message.trial);
      case "refused":
        return this.#refused(message.trial);
      case "heartbeat":
        if (random.chance(0.1)) this.#lie();
        return;
      case "stop":
        if (random.chance(0.5)) this.#lie(message.trial);
        return;
      default:
        if (random.chance(0.1)) this.#lie();
    }
  }

  #refused(trial: string): void {
    const forged = this.#forged.get(trial) ?? 0;
    if (forged > 0) this.#forged.set(trial, forged - 1);
    else this.#own.delete(trial);
  }

  #beat(everyMs: number): void {
    const { random } = this.#options;
    const connection = this.#connection;
    this.#life.clock.setTimer(everyMs, () => {
      if (this.#connection !== connection || connection === undefined) return;
      const names = [...this.#own.keys(), ...this.#heard.slice(-2).map(({ trial }) => trial)];
      const trials = random.chance(0.3) ? { trials: names } : {};
      if (random.chance(0.9))
        this.#say({ type: "heartbeat", sequence: (this.#sequence += random.int(0, 2)), ...trials });
      if (random.chance(0.1)) this.#say({ type: "acquire", revisions: this.#options.revisions(), credits: 2 });
      if (random.chance(0.2)) this.#lie();
      this.#beat(everyMs);
    });
  }

  #answer(offer: number): void {
    const { random } = this.#options;
    const draw = random.fraction();
    if (draw < 0.6) this.#say({ type: "accept", offer });
    else if (draw < 0.7) this.#say({ type: "accept", offer }, { type: "accept", offer });
    else if (draw < 0.8) this.#say({ type: "accept", offer: offer + random.int(-3, 3) });
    else if (draw < 0.9)
      this.#say({ type: "decline", offer, reason: random.pick(["no-slot", "load-failed", "draining"]) });
    if (random.chance(0.5)) this.#say({ type: "acquire", revisions: this.#options.revisions(), credits: 1 });
  }

  /** Its code takes no time, and always works; what it says of that is another thing. */
  #run(grant: EngineMessageOf<"grant">): void {
    const { random, ledger, network } = this.#options;
    const { trial, task, round, revision, isSafeToRerun } = grant;
    const nowMs = network.clock.monotonicMs();
    const execution = { task, trial, round, revision, machine: name, isProcess: true, isSafe: isSafeToRerun };
    const begun = { ...execution, startedMs: nowMs };
    ledger.begin(begun);
    ledger.end(begun, "ok", nowMs);
    this.#own.set(trial, { trial, task, token: grant.token, revision });
    if (random.chance(0.3)) this.#lie();
    if (random.chance(0.7)) this.#report(grant);
    if (random.chance(0.3)) this.#report(grant);
    this.#note(grant);
    this.#say({ type: "acquire", revisions: this.#options.revisions(), credits: 2 });
  }

  /** Ends a trial in words: one of its own, or one that it overheard, under a token of some kind. */
  #lie(trial?: string): void {
    const { random } = this.#options;
    if (this.#heard.length === 0) return;
    const about = this.#heard.find((grant) => grant.trial === trial) ?? random.pick(this.#heard);
    const draw = random.fraction();
    if (draw < 0.4) return this.#report(about);
    if (draw < 0.6) return this.#report({ ...about, token: random.pick(this.#heard).token });
    if (draw < 0.8)
      return this.#report({ ...about, token: about.token.replace(/\.(\d+)\./, (_, n) => `.${Number(n) + 1}.`) });
    this.#say({ type: "progress", trial: about.trial, fraction: random.fraction(), note: "nearly done" });
  }

  #report({ trial, token }: Grant): void {
    const { random } = this.#options;
    if (this.#own.has(trial) && this.#own.get(trial)!.token !== token)
      this.#forged.set(trial, (this.#forged.get(trial) ?? 0) + 1);
    const shared = { trial, token, timings: { durationMs: random.int(0, 2) }, hasBegun: true };
    if (random.chance(0.1)) return this.#say({ type: "stopped", ...shared });
    const status = random.pick(["succeeded", "failed", "error", "timeout", "skipped"]);
    this.#say({ type: "result", ...shared, status, output: { trial } });
  }
}
