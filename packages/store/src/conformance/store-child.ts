import { openSqliteStore } from "../sqlite/open-sqlite-store.js";
import { launchedAtMs, makeTask, finishTask } from "./sample-row.js";
import { makeId } from "@capstan/protocol/plain";

/*
 * A process that holds a store until it is killed. `hold`: nothing more. `commit`: it commits batches for ever, tells
 * each that has resolved, and each batch finishes what the one before launched.
 */
const [folder = "", mode = "hold", thread = "false"] = process.argv.slice(2);
const rowsPerBatch = 40;

const store = openSqliteStore({ folder, thread: thread === "true" });
const { epochs } = await store.open(launchedAtMs);
process.send!({ epoch: epochs[7]! });

function makeRows(batch: number) {
  return Array.from({ length: rowsPerBatch }, (_, n) =>
    makeTask({
      id: makeId("task", { timeMs: launchedAtMs, partition: 7, epoch: epochs[7]!, sequence: batch * rowsPerBatch + n }),
      key: `${epochs[7]!}/${batch}`,
      inputJson: JSON.stringify("x".repeat(n * 100)),
    }),
  );
}

for (let batch = mode === "commit" ? 0 : Infinity; batch < Infinity; batch += 1) {
  await store.commit({
    fences: [{ partition: 7, epoch: epochs[7]! }],
    insertedTasks: makeRows(batch),
    finishedTasks: batch === 0 ? [] : makeRows(batch - 1).map((task) => finishTask({ ...task, inputJson: null })),
  });
  process.send!({ committed: batch });
}
if (mode === "hold") setInterval(() => {}, 60_000);
