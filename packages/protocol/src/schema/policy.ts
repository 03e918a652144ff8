import { Type } from "./typebox.js";
import { Closed, Count, Key, Labels, Milliseconds, Bytes } from "./scalar.js";

export const Backoff = Closed(
  {
    initialMs: Type.Optional(Milliseconds),
    factor: Type.Optional(Type.Number({ minimum: 1, maximum: 10 })),
    maxMs: Type.Optional(Milliseconds),
    jitter: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: "share of the delay that is random" })),
  },
  "The delay before a retry of a job: initialMs · factor^n, at most maxMs. Defaults 1 s, 2, 5 min, 0.5",
);

export const Concurrency = Closed(
  {
    key: Type.Optional(Key),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  "At most `limit` (default 1) trials of the namespace with this key at once. The key defaults to the definition's name",
);

export const Rate = Closed(
  {
    key: Type.Optional(Key),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    perMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 24 * 3_600_000 })),
  },
  "At most `limit` grants of the namespace with this key in any `perMs`, evenly refilled. The key defaults to the definition's name",
);

/** How a task is run and judged. Every field is optional: launch overrides taskset overrides definition overrides profile. */
export const Policy = Closed({
  maxTrials: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: "Trials that may fail, time out or err; default 3" }),
  ),
  maxLosses: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000, description: "Losses that are forgiven; default 3" }),
  ),
  safeToRerun: Type.Optional(Type.Boolean({ description: "Whether a second run does no harm; default true" })),
  timeoutMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 366 * 24 * 3_600_000,
      description: "When the task is told to stop (soft limit); a job has 300 s",
    }),
  ),
  hardTimeoutMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 366 * 24 * 3_600_000,
      description: "When it is killed; default timeoutMs + stopGraceMs",
    }),
  ),
  stopGraceMs: Type.Optional(Milliseconds),
  expiresMs: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 366 * 24 * 3_600_000, description: "How long it may wait in the queue" }),
  ),
  leaseMs: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 24 * 3_600_000 })),
  backoff: Type.Optional(Backoff),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: "0–9, higher first; default 5" })),
  concurrency: Type.Optional(Concurrency),
  rate: Type.Optional(Rate),
  labels: Type.Optional(Labels),
  speculation: Type.Optional(
    Type.Boolean({ description: "Whether a straggler may get a twin; on for tests, off for jobs" }),
  ),
  trialsPerExecutor: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: "Trials one executor runs at once; default 1" }),
  ),
  executorTrialsMax: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: "Trials after which an executor is recycled" }),
  ),
  executorMemoryBytesMax: Type.Optional(Bytes),
  memoryBytes: Type.Optional(
    Type.Integer({ minimum: 1_048_576, maximum: Number.MAX_SAFE_INTEGER, description: "Memory limit of one trial" }),
  ),
  outputBytesMax: Type.Optional(Bytes),
});
export type Policy = Type.Static<typeof Policy>;

/** The limits of a taskset as a whole. */
export const TasksetPolicy = Closed({
  maxWorkers: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  maxSlots: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  maxFailures: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: "Failed tasks after which the rest is cancelled" }),
  ),
  maxRetries: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000,
      description: "Retries of all its tasks together in a round; once spent, a failed trial is final",
    }),
  ),
  maxRetryShare: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1_000, description: "The same as a share of its tasks, rounded up" }),
  ),
  weight: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: "Its share beside other tasksets; default 1" }),
  ),
});
export type TasksetPolicy = Type.Static<typeof TasksetPolicy>;

export const Counted = Closed({ counted: Count, lost: Count, total: Count });
