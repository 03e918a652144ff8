import type { Capstan } from "@capstan/client";
import {
  fileOfKey,
  isFinalTaskset,
  limits,
  readFileReport,
  readPartKey,
  type FileReport,
  type TaskView,
} from "@capstan/protocol";
import type { FileRecord } from "./file-record.js";

/** So many tasksets of the class back the last run of a file is looked for, and among so many of all. */
const tasksetsMax = 10;
const passedMax = 1_000;

/** The last whole run of each of these files among the tasksets of a class, as far as it is kept. */
export async function readRecords(
  client: Capstan,
  { class: of, files }: { readonly class: string; readonly files: readonly string[] },
): Promise<ReadonlyMap<string, FileRecord>> {
  const records = new Map<string, FileRecord>();
  let [looked, passed] = [0, 0];
  for await (const taskset of client.tasksets({ limit: limits.pageItems })) {
    passed += 1;
    if (looked === tasksetsMax || passed > passedMax || records.size === files.length) break;
    if (taskset.class !== of || taskset.profile !== "test" || !isFinalTaskset(taskset.status)) continue;
    looked += 1;
    const missing = new Set(files.filter((file) => !records.has(file)));
    for (const [file, tasks] of await tasksOf(client, taskset.id, missing)) {
      const record = await readRecord(client, tasks);
      if (record !== undefined) records.set(file, record);
    }
  }
  return records;
}

/** The tasks of these files in a taskset: one of each, or all parts of one that was split. */
async function tasksOf(client: Capstan, taskset: string, files: ReadonlySet<string>): Promise<Map<string, TaskView[]>> {
  const found = new Map<string, TaskView[]>();
  for await (const task of client.tasks({ taskset, limit: limits.pageItemsMax })) {
    const file = task.key === undefined ? undefined : fileOfKey(task.key);
    if (file === undefined || !files.has(file)) continue;
    found.set(file, [...(found.get(file) ?? []), task]);
  }
  return found;
}

/** A trial that was stopped or died has told some of its examples at most. */
const ends: ReadonlySet<string> = new Set(["succeeded", "failed", "skipped"]);

/** Undefined unless every part came to an end of its own and told its examples. */
async function readRecord(client: Capstan, tasks: readonly TaskView[]): Promise<FileRecord | undefined> {
  if (tasks.length !== (readPartKey(tasks[0]?.key ?? "")?.of ?? 1)) return undefined;
  const reports: FileReport[] = [];
  for (const { id } of tasks) {
    const { lastTrial } = await client.task(id).refresh();
    if (lastTrial === undefined || !ends.has(lastTrial.status)) return undefined;
    const report = readFileReport(await client.trialOutput(lastTrial));
    if (report === undefined) return undefined;
    reports.push(report);
  }
  return recordOf(reports);
}

/** What the runs of all parts of a file, or of the whole, say of it; undefined when they tell no example. */
export function recordOf(reports: readonly FileReport[]): FileRecord | undefined {
  const each = reports.map(({ examples, durationMs, loadMs = 0 }) => {
    const ownMs = Math.max(0, durationMs - loadMs);
    const sumMs = examples.reduce((sum, example) => sum + example.durationMs, 0);
    // Examples that ran side by side took less together than each alone.
    const share = sumMs > ownMs ? ownMs / sumMs : 1;
    return {
      examples: examples.map((example) => ({ id: example.id, durationMs: example.durationMs * share })),
      loadMs: Math.max(0, ownMs - sumMs),
    };
  });
  const examples = each.flatMap((part) => part.examples);
  if (examples.length === 0) return undefined;
  return {
    examples,
    // The first on a slot takes longer: what it loads may stay for those after it.
    loadMs: Math.min(...each.map(({ loadMs }) => loadMs)),
    isIndivisible: reports.some(({ isIndivisible }) => isIndivisible === true),
  };
}
