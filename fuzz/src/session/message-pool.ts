import fc from "fast-check";
import { SeededRandom } from "@capstan/testkit";
import { fromSchema } from "../generate/from-schema.js";
import { plainSchema } from "../generate/seeds.js";
import { mutateValue } from "../mutate/mutate-value.js";
import type { Tape } from "./tape.js";

const perType = 8;

/** Messages by schema, right ones and nearly right ones, always the same: a byte of a tape says which. */
export class MessagePool {
  readonly #right: readonly unknown[];
  readonly #wrong: readonly unknown[];

  constructor(union: unknown) {
    const random = new SeededRandom("messages");
    this.#right = (plainSchema(union).anyOf ?? []).flatMap((schema) =>
      fc.sample(fromSchema(schema), { numRuns: perType, seed: 7 }),
    );
    const other = (): unknown => random.pick(this.#right);
    this.#wrong = this.#right.map((message) => mutateValue(message, { random, other }));
  }

  pick(tape: Tape): unknown {
    return tape.byte() < 128 ? tape.pick(this.#right) : tape.pick(this.#wrong);
  }
}
