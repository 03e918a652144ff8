import { openPostgresStore } from "../postgres/open-postgres-store.js";
import { launchedAtMs, makeTask, taskId } from "./sample-row.js";

/*
 * A process that shares a store until it is killed: it takes all partitions, tells of it, and commits for ever in
 * partition 7, telling each commit that has resolved.
 */
const store = openPostgresStore({ url: process.argv[2]! });
const { engine } = await store.join({ address: "http://child", weight: 1 }, launchedAtMs);
const { partitions } = await store.take(Array.from({ length: 64 }, (_, partition) => partition));
const fences = partitions.filter(({ partition }) => partition === 7);
setInterval(() => void store.renew(), 1_000);
process.send!({ engine, taken: partitions.length });
for (let n = 0; ; n += 1) {
  await store.commit({ fences, insertedTasks: [makeTask({ id: taskId(n) })] });
  process.send!({ committed: n });
}
