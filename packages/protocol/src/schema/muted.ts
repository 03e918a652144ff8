import { Type } from "./typebox.js";
import { limits } from "../limit.js";
import { Closed, Instant, Key, Milliseconds, Name } from "./scalar.js";

const Optional = Type.Optional;
const Example = Type.String({
  minLength: 1,
  maxLength: limits.mutedExampleCharactersMax,
  description: "Name or id of one example of a test file; left out: the whole task",
});

/** A task key, or one example of the test file that has the key. */
export const MutedTest = Closed({ key: Key, example: Optional(Example) });
export type MutedTest = Type.Static<typeof MutedTest>;

const tests = Type.Array(MutedTest, { minItems: 1, maxItems: limits.mutedMax });

export const MuteRequest = Closed({
  class: Name,
  tests,
  reason: Optional(Type.String({ maxLength: 1_000 })),
  by: Optional(Type.String({ minLength: 1, maxLength: limits.namesBytesMax, description: "Who mutes them" })),
  forMs: Optional(Milliseconds),
});
export type MuteRequest = Type.Static<typeof MuteRequest>;

export const UnmuteRequest = Closed({ class: Name, tests });
export type UnmuteRequest = Type.Static<typeof UnmuteRequest>;

/** An entry of the list of muted tests that the engine keeps for a class. */
export const MutedView = Closed({
  class: Type.String(),
  key: Type.String(),
  example: Optional(Type.String()),
  reason: Optional(Type.String()),
  by: Optional(Type.String()),
  atMs: Instant,
  expiresAtMs: Optional(Instant),
});
export type MutedView = Type.Static<typeof MutedView>;
