import { partitionCount } from "@capstan/protocol/plain";
import {
  finishTask,
  launchedAtMs,
  makeEstimate,
  makeFlaky,
  makeIdempotency,
  makeMuted,
  makeOfferRow,
  makePhaseRow,
  makeTask,
  makeTaskset,
  makeTrial,
  makeTrialEnd,
  plugin,
  revision,
  taskId,
  tasksetId,
  worker,
} from "../conformance/sample-row.js";
import type { CommitBatch, Opening, Store } from "../store.js";

/** What databases are known to spoil: NUL and its escape, half a pair of surrogates, quotes, line ends, much of it. */
export const wildTexts = [
  "",
  "\0",
  "\u0001",
  "\u00010\0",
  "\ud800",
  "\udc00",
  "ä🛰\u2028'\"\\\r\n",
  "\uffff",
  "x".repeat(4_000),
  "~",
] as const;
const wildNumbers = [0, 0.1, -1.5, 1e-300, 1e300, 123_456.789_012_345] as const;
const most = Number.MAX_SAFE_INTEGER;

/** Rows of every table, with the values that are hardest to carry over. */
function wildRows(): Omit<CommitBatch, "fences"> {
  const set = makeTaskset({ id: tasksetId(1), name: "nightly\0", class: "suite", muted: ["\0a"] as never });
  const tasks = wildTexts.map((key, at) =>
    makeTask({
      id: taskId(100 + at),
      taskset: set.id,
      key,
      idempotencyKey: key,
      inputJson: JSON.stringify(key),
      estimateMs: wildNumbers[at % wildNumbers.length]!,
      notBeforeMs: at % 2 === 0 ? most : null,
    }),
  );
  const done = tasks.map((task, at) =>
    finishTask(
      { ...task, id: taskId(200 + at) },
      {
        reason: task.key,
        isFlaky: true,
        lastTrial:
          at % 3 === 0 ? null : makeTrialEnd({ n: 2, outputJson: JSON.stringify({ at: task.key }), outputBlob: null }),
      },
    ),
  );
  return {
    plugins: [plugin, { ...plugin, namespace: "other", defaultRevision: null }],
    revisions: [revision],
    workers: [worker, { ...worker, id: "wrk_1123456789abcdefghjkmn", labels: [], quarantines: [] }],
    tasksets: [set, makeTaskset({ id: tasksetId(2), status: "succeeded", endedAtMs: most })],
    insertedTasks: tasks,
    finishedTasks: done,
    trials: done.map(({ id }, at) =>
      makeTrial(id, {
        status: "failed",
        cause: "exit",
        durationMs: wildNumbers[at % wildNumbers.length]!,
        token: { partition: 63, epoch: 16_000_000, sequence: 4_294_967_295 },
        errorJson: JSON.stringify({ message: wildTexts[at] }),
        worker: null,
        workerName: null,
      }),
    ),
    offers: [1, 2, 3].map((number) => makeOfferRow(taskId(100), number)),
    phases: [makePhaseRow(set.id), makePhaseRow(set.id, { phase: "sync", message: null, log: null, endedAtMs: most })],
    idempotencies: wildTexts.map((key) => makeIdempotency({ key })),
    estimates: wildTexts.map((key, at) =>
      makeEstimate({ class: `c${key}`, key, meanMs: wildNumbers[at % wildNumbers.length]!, samples: most }),
    ),
    flaky: wildTexts.map((key, at) => makeFlaky({ key, task: taskId(200 + at) })),
    logs: wildTexts.map((text, at) => ({
      namespace: "default",
      trial: `trial_${at}`,
      stream: at % 2 === 0 ? "stdout" : "stderr",
      sequence: at + 1,
      atMs: launchedAtMs,
      text,
    })),
  };
}

/** Opens a new store, fills it and closes it, in order or not. Gives what it said of itself. */
export async function fillStore(store: Store, { plain = 1_200, isClean = true } = {}): Promise<Opening> {
  const opening = await store.open(launchedAtMs);
  const fences = Array.from({ length: partitionCount }, (_, partition) => ({
    partition,
    epoch: opening.epochs[partition]!,
  }));
  await store.commit({ fences, ...wildRows() });
  const fence = fences[0]!;
  await store.changeMuted({
    fence,
    muted: wildTexts.map((example, at) => makeMuted({ key: `k${example}`, example: example || null, expiresAtMs: at })),
  });
  const rows = Array.from({ length: plain }, (_, at) =>
    makeTask({ id: taskId(1_000 + at), inputJson: JSON.stringify("x".repeat(at % 50 === 0 ? 60_000 : 20)) }),
  );
  await store.commit({ fences, insertedTasks: rows });
  await store.close(isClean);
  return opening;
}
