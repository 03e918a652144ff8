import { Type } from "./typebox.js";
import { Closed, Count, Instant } from "./scalar.js";

/** What a task of a class is expected to take, learnt from its trials. */
export const EstimateView = Closed({
  class: Type.String(),
  key: Type.String(),
  meanMs: Type.Number({ minimum: 0 }),
  deviationMs: Type.Number({ minimum: 0 }),
  samples: { ...Count, description: "Durations learnt from; 0 when all that is known is a timeout" },
  updatedAtMs: Instant,
});
export type EstimateView = Type.Static<typeof EstimateView>;
