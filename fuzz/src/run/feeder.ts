import { BrokenInvariant } from "../invariant/broken.js";
import { Prototypes } from "../invariant/prototypes.js";
import type { ByteString } from "../input/byte-string.js";
import type { Taker, Target } from "../target/target.js";

const inputMs = 200;
const retries = 2;

/** What an input was caught at. */
export interface Catch {
  readonly input: ByteString;
  readonly thrown: unknown;
}

/** Feeds inputs to a target, many at a time, and catches those that break something. */
export class Feeder {
  readonly #taker: Taker;
  readonly #inputMsMax: number;
  readonly #prototypes = new Prototypes();

  constructor(target: Target, taker: Taker) {
    this.#taker = taker;
    this.#inputMsMax = target.inputMsMax ?? inputMs;
  }

  /** Feeds all; gives those that broke something. */
  async feed(inputs: readonly ByteString[]): Promise<Catch[]> {
    const caught: Catch[] = [];
    const startedMs = cpuMs();
    for (const input of inputs) {
      try {
        const taken = this.#taker.take(input);
        if (taken !== undefined) await taken;
      } catch (thrown) {
        caught.push({ input, thrown });
      }
    }
    // Both are looked at once a batch; who it was is asked only when there is something to find.
    const isSlow = cpuMs() - startedMs > this.#inputMsMax;
    if (caught.length > 0 || (!isSlow && this.#isClean())) return caught;
    for (const input of inputs) {
      const thrown = await this.probe(input);
      if (thrown !== undefined) caught.push({ input, thrown });
    }
    return caught;
  }

  /** Feeds one input and looks at everything; gives what was thrown or does not hold. */
  async probe(input: ByteString): Promise<unknown> {
    let leastMs = Number.POSITIVE_INFINITY;
    for (let time = 0; time <= retries && leastMs > this.#inputMsMax; time += 1) {
      const startedMs = cpuMs();
      try {
        await this.#taker.take(input);
        this.#prototypes.check();
      } catch (thrown) {
        return thrown ?? new BrokenInvariant("threw nothing", []);
      }
      leastMs = Math.min(leastMs, cpuMs() - startedMs);
    }
    if (leastMs <= this.#inputMsMax) return undefined;
    return new BrokenInvariant("takes too long", [`${Math.round(leastMs)} ms of CPU for ${input.length} bytes`]);
  }

  #isClean(): boolean {
    try {
      this.#prototypes.check();
      return true;
    } catch {
      return false;
    }
  }
}

/** Time of this process alone: what else the machine does is not the decoder's fault. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
