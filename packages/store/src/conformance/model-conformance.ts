import { plainRowOf, type FinishedTaskRow, type TaskRow } from "@capstan/core";
import { finalTaskStatuses, finalTrialStatuses, waitReasons } from "@capstan/protocol/plain";
import fc from "fast-check";
import { recalledInputCharactersMax, type CommitBatch } from "../store.js";
import { openAt, withPlace, type ConformanceKit, type MakePlace, type OpenStore } from "./conformance-kit.js";
import { finishTask, makeTask, makeTrial, makeTrialEnd, taskId } from "./sample-row.js";
import { StoreModel } from "./store-model.js";

const text = fc.string({ unit: "binary", maxLength: 12 });
const json = fc.option(fc.oneof(fc.json({ maxDepth: 2 }), fc.constant(`"${"é".repeat(recalledInputCharactersMax)}"`)));
const instant = fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { freq: 1 });

const change = fc.record({
  status: fc.constantFrom<TaskRow["status"]>(
    "waiting",
    "queued",
    "queued",
    "queued",
    "granted",
    "running",
    "checking",
    "cancelling",
  ),
  waitsFor: fc.option(fc.constantFrom(...waitReasons)),
  estimateMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => Number(value.toFixed(3)))),
  notBeforeMs: instant,
  expiresAtMs: instant,
  round: fc.oneof(fc.constant(1), fc.nat(100)),
  trialsTotal: fc.oneof(fc.constant(0), fc.nat(1_000)),
  isFront: fc.boolean(),
  lastWorker: fc.option(fc.constant("wrk_0123456789abcdefghjkmn")),
});
const facts = fc.record({
  key: fc.option(text),
  idempotencyKey: fc.option(text),
  inputJson: json,
  priority: fc.nat(9),
});
const ending = fc.record({
  status: fc.constantFrom(...finalTaskStatuses),
  reason: fc.option(text),
  isFlaky: fc.boolean(),
  hasTrial: fc.boolean(),
  trialStatus: fc.constantFrom(...finalTrialStatuses),
  outputJson: json,
  keepsInput: fc.boolean(),
});

/** What happens to one task in one batch; what fits its state is chosen when it is applied. */
const action = fc.record({
  task: fc.nat(14),
  kind: fc.constantFrom("move", "end"),
  change,
  facts,
  ending,
  withTrial: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

type Lists = { -readonly [K in keyof Omit<CommitBatch, "fences">]-?: NonNullable<CommitBatch[K]>[number][] };

function end(task: TaskRow, { status, reason, isFlaky, hasTrial, trialStatus, outputJson }: Action["ending"]) {
  const n = task.trialsTotal + 1;
  const lastTrial = hasTrial ? makeTrialEnd({ n, status: trialStatus, outputJson, round: task.round }) : null;
  return finishTask(task, { status, reason, isFlaky, lastTrial, trialsTotal: hasTrial ? n : task.trialsTotal });
}

function factsOf({ namespace, id, key, idempotencyKey, inputJson, priority }: FinishedTaskRow) {
  return { namespace, id, key, idempotencyKey, inputJson, priority };
}

function addAction(model: StoreModel, step: Action, batch: Lists): void {
  const namespace = step.task % 3 === 0 ? "other" : "default";
  const id = taskId(step.task, { partition: step.task % 4 });
  const key = `${id} ${namespace}`;
  const hot = model.hot.get(key);
  const finished = model.history.get(key);
  if (hot !== undefined) {
    const moved = { ...hot, ...step.change };
    if (step.kind === "move") batch.updatedTasks.push({ ...moved, inputJson: null });
    else {
      const row = end(hot, step.ending);
      batch.finishedTasks.push(step.ending.keepsInput ? { ...row, inputJson: null } : row);
    }
    if (step.withTrial) batch.trials.push(makeTrial(id, { namespace, n: 1_001 + (hot.trialsTotal % 7) }));
  } else if (finished !== undefined) {
    const row = makeTask({ ...factsOf(finished), ...step.change });
    batch.reopenedTasks.push(step.ending.keepsInput ? { ...row, inputJson: null } : row);
  } else {
    const row = makeTask({ namespace, id, ...step.facts, ...step.change });
    if (step.kind === "end") batch.finishedTasks.push(end(row, step.ending));
    else batch.insertedTasks.push(row);
  }
}

function makeBatch(model: StoreModel, steps: readonly Action[]): Omit<CommitBatch, "fences"> {
  const batch = new Proxy({} as Lists, {
    get: (lists, name) => ((lists as unknown as Record<PropertyKey, unknown[]>)[name] ??= []),
  });
  const seen = new Set<number>();
  for (const step of steps) {
    if (seen.has(step.task)) continue;
    seen.add(step.task);
    addAction(model, step, batch);
  }
  return { ...batch };
}

async function compare({ store }: OpenStore, model: StoreModel, expect: ConformanceKit["expect"]): Promise<void> {
  const hot = model.listHot();
  const lean = hot.map((row) => ({ ...row, inputJson: null }));
  expect(await store.loadTasks(undefined, 100)).toEqual(lean.map((row) => plainRowOf(row) ?? row));
  const live = lean.filter(({ status }) => status !== "queued" && status !== "waiting");
  expect((await store.loadLive()).toSorted((left, right) => (left.id < right.id ? -1 : 1))).toEqual(live);
  for (const namespace of ["default", "other"]) {
    const tasks = model.listAll(namespace);
    const mine = hot.filter((row) => row.namespace === namespace);
    expect(await store.readTasks(namespace, [taskId(99), ...hot.map(({ id }) => id)])).toEqual(mine.map(recalled));
    expect((await store.listTasks(namespace, { limit: 100 })).items).toEqual(tasks);
    for (const task of tasks) {
      expect(await store.readTask(task.row)).toEqual(task);
      expect(await store.readTrials(task.row)).toEqual(model.trialsOf(task.row));
    }
  }
}

function recalled(row: TaskRow) {
  const isInputLeftOut = (row.inputJson?.length ?? 0) > recalledInputCharactersMax;
  return { ...row, isInputLeftOut, inputJson: isInputLeftOut ? null : row.inputJson };
}

/** Random batches against the simplest thing that could work, with openings in between. */
export function modelConformance({ describe, it, expect }: ConformanceKit, makePlace: MakePlace): void {
  describe("model", () => {
    it("holds what a simple model holds, after any batches and openings", async () => {
      const batches = fc.array(fc.array(action, { maxLength: 12 }), { minLength: 1, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(batches, fc.nat(4), (list, reopenEvery) =>
          withPlace(makePlace, async (place) => {
            const model = new StoreModel();
            let open = await openAt(place);
            try {
              for (const [at, steps] of list.entries()) {
                const batch = makeBatch(model, steps);
                await open.commit(batch);
                model.apply(batch);
                if (place.isDurable && reopenEvery > 0 && at % 4 === reopenEvery) {
                  await open.store.close(at % 2 === 0);
                  open = await openAt(place);
                }
              }
              await compare(open, model, expect);
            } finally {
              await open.store.close(true);
            }
          }),
        ),
        { numRuns: 25 },
      );
    }, 60_000);
  });
}
