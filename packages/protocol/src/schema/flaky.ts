import { Type } from "./typebox.js";
import { limits } from "../limit.js";
import { Closed, Count, Instant } from "./scalar.js";

/** An example that failed before its file passed. */
export const FlakyExample = Closed({ id: Type.String(), name: Type.String() });
export type FlakyExample = Type.Static<typeof FlakyExample>;

/** One flaky verdict. */
export const FlakyVerdict = Closed({
  taskset: Type.String(),
  task: Type.String(),
  trial: Type.Optional(Type.String({ description: "The last trial that failed; kept as long as its task" })),
  atMs: Instant,
  examples: Type.Array(FlakyExample),
});
export type FlakyVerdict = Type.Static<typeof FlakyVerdict>;

/** What is known of a task key of a class that was flaky. */
export const FlakyView = Closed({
  class: Type.String(),
  key: Type.String(),
  count: Type.Integer({ minimum: 1, description: "Flaky verdicts that are kept" }),
  passes: Type.Integer({ minimum: 1, description: "Trials that succeeded since the first of them, that one included" }),
  sinceMs: Instant,
  lastAtMs: Instant,
  examples: Type.Array(Closed({ id: Type.String(), name: Type.String(), count: Count }), {
    maxItems: limits.flakyExamplesMax,
    description: "Those that failed most often, the most frequent first",
  }),
  verdicts: Type.Optional(
    Type.Array(FlakyVerdict, {
      maxItems: limits.flakyMax,
      description: "Newest first; given when a key is asked for",
    }),
  ),
});
export type FlakyView = Type.Static<typeof FlakyView>;
