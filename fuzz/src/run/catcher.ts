import { failurePrefix, keepInput } from "../corpus/corpus.js";
import type { Target } from "../target/target.js";
import { describeThrown, signatureOf, type Failure } from "./failure.js";
import type { Catch, Feeder } from "./feeder.js";
import { shrink } from "./shrink.js";

export interface CatcherOptions {
  readonly target: Target;
  readonly seed: number;
  readonly feeder: Feeder;
  /** Where failing inputs are kept, to be replayed for ever; nowhere when left out. */
  readonly folder?: string;
  readonly tell: (failure: Failure) => void;
}

/** More kinds of failures than these have one cause. */
const kindsMax = 10;

/** Tells each kind of failure once, with the smallest input that was found for it. */
export class Catcher {
  readonly #options: CatcherOptions;
  readonly #known = new Set<string>();

  constructor(options: CatcherOptions) {
    this.#options = options;
  }

  /** How many kinds of failures there were. */
  get count(): number {
    return this.#known.size;
  }

  async take(caught: readonly Catch[], page: number): Promise<void> {
    for (const one of caught) {
      const signature = signatureOf(one.thrown);
      if (this.#known.has(signature) || this.#known.size >= kindsMax) continue;
      this.#known.add(signature);
      await this.#tell(one, signature, page);
    }
  }

  async #tell({ input, thrown }: Catch, signature: string, page: number): Promise<void> {
    const { target, seed, feeder, folder, tell } = this.#options;
    const stackTraceLimit = Error.stackTraceLimit;
    Error.stackTraceLimit = 20;
    const fails = async (candidate: string): Promise<boolean> => {
      const found = await feeder.probe(candidate);
      return found !== undefined && signatureOf(found) === signature;
    };
    const smallest = (await fails(input)) ? await shrink(input, { jsonAt: target.jsonAt, fails }) : input;
    const found = (await feeder.probe(smallest)) ?? thrown;
    Error.stackTraceLimit = stackTraceLimit;
    if (folder !== undefined) keepInput(folder, target.name, { input: smallest, prefix: failurePrefix });
    tell({ target: target.name, seed, page, input: smallest, ...describeThrown(found) });
  }
}
