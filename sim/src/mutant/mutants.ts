import type { Edit, Mutant } from "./mutant.js";

const core = "packages/core/src";
const engine = "packages/engine/src";

/** Faults in what the arbiter decides. */
const arbiter: readonly Mutant[] = [
  {
    name: "count a loss as a failure",
    breaks: "a loss costs no trial",
    file: `${core}/arbiter/judge.ts`,
    find: `  return {
    ...free,
    isLoss: true,
    outcome: isOver`,
    replace: `  return {
    ...free,
    isCounted: true,
    outcome: isOver`,
  },
  {
    name: "rerun what is unsafe after a loss",
    breaks: "a task that is not safe to rerun is never tried again after a loss",
    file: `${core}/arbiter/judge.ts`,
    find: "  if (!about.isSafeToRerun) {",
    replace: "  if (false) {",
  },
  {
    name: "rerun what is unsafe after a stop",
    breaks: "a task that is not safe to rerun is never run again by itself once its code began",
    file: `${core}/arbiter/judge.ts`,
    find: `if (hasBegun && !isSafeToRerun) return { ...free, outcome: failed("cancelled") };`,
    replace: "",
  },
  {
    name: "give one trial too many",
    breaks: "a task has at most as many trials as its policy says",
    file: `${core}/arbiter/judge.ts`,
    find: "const isSpent = about.counted + 1 >= about.maxTrials;",
    replace: "const isSpent = about.counted >= about.maxTrials;",
  },
  {
    name: "forget the backoff",
    breaks: "every task that can run gets its verdict",
    file: `${core}/arbiter/requeue.ts`,
    find: `past.readyDeadline = state.deadlines.add(now.monoMs + delayMs, { type: "taskReady", task });`,
    replace: "",
  },
  {
    name: "grant a twin whatever became of the first",
    breaks: "a straggler gets one twin, while it runs",
    file: `${core}/dispatch/grant.ts`,
    find: "isTwin ? !isStraggling(offer)",
    replace: "isTwin ? false",
  },
];

/** Faults in leases, reports and limits. */
const books: readonly Mutant[] = [
  {
    name: "take a report from anybody",
    breaks: "only the worker that holds the lease reports on it",
    file: `${core}/worker/report.ts`,
    find: "trial === undefined || trial.worker !== worker || !isSameToken(trial.token, token)",
    replace: "trial === undefined || !isSameToken(trial.token, token)",
  },
  {
    name: "take a late report",
    breaks: "the first accepted report is final, under the last token alone",
    file: `${core}/worker/report.ts`,
    find: "trial === undefined || trial.worker !== worker || !isSameToken(trial.token, token)",
    replace: "trial === undefined",
  },
  {
    name: "believe any token",
    breaks: "a lease token proves itself by its MAC",
    file: `${engine}/session/token-signer.ts`,
    find: "return expected.length === given.length && timingSafeEqual(expected, given);",
    replace: "return expected.length > 0 && given.length > 0;",
  },
  {
    name: "let no lease end",
    breaks: "trials are lost when their lease ends, and run elsewhere",
    file: `${core}/worker/silence.ts`,
    find: "filter((trial) => silentMs >= leaseOf(trial))",
    replace: "filter((trial) => silentMs < 0 && silentMs >= leaseOf(trial))",
  },
  {
    name: "keep the permit",
    breaks: "a trial's end frees what it held",
    file: `${core}/dispatch/reserve.ts`,
    find: "    gate.taken -= 1;",
    replace: "",
  },
  {
    name: "overbook a key",
    breaks: "no more trials of a concurrency key at a time than its limit",
    file: `${core}/dispatch/gate.ts`,
    find: "return this.taken >= this.limit;",
    replace: "return this.taken > this.limit;",
  },
  {
    name: "overbook a taskset",
    breaks: "no more slots of a taskset at a time than its limit",
    file: `${core}/dispatch/reserve.ts`,
    find: "taskset.slotsTaken >= limits.maxSlots",
    replace: "taskset.slotsTaken > limits.maxSlots",
  },
  {
    name: "grant faster than the rate",
    breaks: "no more grants of a rate key in any window than its limit",
    file: `${core}/dispatch/grant.ts`,
    find: "  task.taskClass.rate?.bucket.take(now.monoMs);",
    replace: "",
  },
  {
    name: "count a verdict twice",
    breaks: "the counts of a taskset add up",
    file: `${core}/state/status.ts`,
    find: "  if (from !== undefined) taskset.counts[from] -= 1;",
    replace: `  if (from !== undefined && to !== "skipped") taskset.counts[from] -= 1;`,
  },
  {
    name: "run v1 on v2",
    breaks: "no task runs on code of another revision",
    file: `${engine}/launch/row-specs.ts`,
    find: "this.#registry.resolve(namespace, definition, revision);",
    replace: "this.#registry.resolve(namespace, definition, undefined);",
  },
];

/** Lets a worker be asked for a trial that has not left yet. */
const unsent: Edit = {
  file: `${core}/worker/heartbeat.ts`,
  find: "if (trial.leavesWith > state.batchCommitted && !policy.safeToRerun) return undefined;",
  replace: "",
};

/** Faults between memory, disk and what is said. */
const durability: readonly Mutant[] = [
  {
    name: "skip the fencing check",
    breaks: "an engine that has lost the store writes nothing",
    file: "packages/store/src/sqlite/batch-writer.ts",
    find: "if (fenced.length > 0) throw new FencedError(fenced);",
    replace: "",
  },
  {
    name: "fence nothing without a partition",
    breaks: "an engine that has lost the store writes nothing at all",
    file: `${engine}/loop/batch.ts`,
    find: "const partitions = changes.partitions.size === 0 ? [0] : [...changes.partitions];",
    replace: "const partitions = [...changes.partitions];",
  },
  {
    name: "raise no epoch",
    breaks: "no token is given twice",
    file: "packages/store/src/sqlite/store-opening.ts",
    find: `database.prepare("UPDATE partition SET epoch = epoch + 1").run();`,
    replace: `database.prepare("UPDATE partition SET epoch = epoch + 1 WHERE epoch = 0").run();`,
  },
  {
    name: "accept a report before the commit",
    breaks: "what a worker is told is durable",
    file: `${core}/worker/report.ts`,
    find: `state.out.effectsAfterCommit.push({ type: "send", worker, message: { type: "accepted"`,
    replace: `state.out.effects.push({ type: "send", worker, message: { type: "accepted"`,
  },
  {
    name: "acknowledge a launch before the commit",
    breaks: "an acknowledged launch is durable",
    file: `${engine}/launch/launch-desk.ts`,
    find: `    loop.extra.idempotencies.push(...keys);
    await loop.committed();`,
    replace: "    loop.extra.idempotencies.push(...keys);",
  },
  {
    name: "grant what is unsafe before the commit",
    breaks: "a grant that is not safe to rerun leaves after its commit",
    file: `${core}/dispatch/grant.ts`,
    find: "    trial.leavesWith = state.batchTaken + 1;",
    replace: "    trial.leavesWith = state.batchCommitted;",
  },
  {
    name: "take a trial back without a permit",
    breaks: "no more trials of a concurrency key at a time than its limit, also when a worker comes back",
    file: `${core}/worker/reconcile.ts`,
    find: "  if (claim.isRunning && !mayRun(task, worker)) return false;",
    replace: "",
  },
  {
    name: "give a failed commit up",
    breaks: "memory and disk agree, whatever the disk does",
    file: `${engine}/loop/engine-loop.ts`,
    find: "        await this.#awaitRetry(failure, pauseMs);",
    replace: "        break;",
  },
  {
    name: "forget the deadline on resume",
    breaks: "every task that can run gets its verdict, also after a restart",
    file: `${core}/launch/load.ts`,
    find: `task.past.readyDeadline = state.deadlines.add(now.monoMs + inMs, { type: "taskReady", task });`,
    replace: "",
  },
  {
    name: "lose a page of the backlog",
    breaks: "a restart knows every task",
    file: `${engine}/window/loader.ts`,
    find: "const hasMore = rows.length === pageTasks;",
    replace: "const hasMore = rows.length > pageTasks;",
  },
  {
    name: "forget the key of a launch",
    breaks: "a launch that is repeated under its key is one task",
    file: `${engine}/launch/launch-desk.ts`,
    find: "      await this.#commit([seed], [row]);",
    replace: "      await this.#commit([seed], []);",
  },
  {
    name: "refuse a grant that comes twice",
    breaks: "a message that arrives twice changes nothing",
    file: "packages/worker/src/slot/trial-desk.ts",
    find: "if (held?.grant.token === grant.token) return;",
    replace: "",
  },
  {
    name: "count an unsafe trial's limit from its grant",
    breaks: "a slow store makes no second copy of what is not safe to rerun",
    file: `${core}/worker/heartbeat.ts`,
    find: "return safeToRerun ? grantedMonoMs : (knownMonoMs ?? leftMonoMs + leaseMs);",
    replace: "return safeToRerun || leaseMs > 0 ? grantedMonoMs : (knownMonoMs ?? leftMonoMs);",
    // What is over its limit and unsafe is a loss, which is not tried again: a second guard.
    also: [
      unsent,
      {
        file: `${core}/worker/heartbeat.ts`,
        find: `status: policy.safeToRerun ? "timeout" : "lost", cause: "its worker did not end it`,
        replace: `status: "timeout", cause: "its worker did not end it`,
      },
    ],
  },
];

/** Every one must be found by the simulation. */
export const mutants: readonly Mutant[] = [...arbiter, ...books, ...durability];
