import type { TaskView } from "@capstan/protocol";
import type { JournalLine } from "../bed/journal.js";
import type { ProcessBed } from "../bed/process-bed.js";
import type { Launch, Load } from "./load.js";

/** Waits for every verdict, and says what of acknowledgements, verdicts and the journal does not fit together. */
export async function findViolations(bed: ProcessBed, load: Load, more: readonly Launch[]): Promise<string[]> {
  const launches = [...load.launches, ...more];
  const violations = [...load.failures, ...load.doubled.map((text) => `one key, two tasks: ${text}`)];
  violations.push(...(await judgeVerdicts(bed, launches)));
  violations.push(...(await judgeCancelled(bed, load.cancelled)));
  violations.push(...judgeJournal(bed, launches));
  violations.push(...(await judgeExtras(bed, new Set([...launches.map(({ task }) => task), ...load.cancelled]))));
  return violations;
}

async function judgeVerdicts({ client }: ProcessBed, launches: readonly Launch[]): Promise<string[]> {
  const found = await Promise.all(
    launches.map(async ({ n, task }) => {
      try {
        const view = await client.task(task).outcome({ timeoutMs: 180_000 });
        return judgeVerdict(view, n);
      } catch (error) {
        return `acknowledged and then missing, or without a verdict: ${task} (${n}): ${String(error)}`;
      }
    }),
  );
  return found.filter((text) => text !== undefined);
}

function judgeVerdict(view: TaskView, n: number): string | undefined {
  if (view.status !== "succeeded") return `${view.id} (${n}) is ${view.status} (${view.cause}), not succeeded`;
  if (view.output !== n) return `${view.id} has the output ${JSON.stringify(view.output)}, not ${n}`;
  if (view.trials.lost + view.trials.counted === 0) return undefined;
  return `${view.id} (${n}) was charged ${JSON.stringify(view.trials)}, although no worker died`;
}

async function judgeCancelled({ client }: ProcessBed, cancelled: ReadonlySet<string>): Promise<string[]> {
  const views = await Promise.all([...cancelled].map((task) => client.task(task).refresh()));
  return views
    .filter(({ status }) => status !== "cancelled")
    .map(({ id, status }) => `the cancel of ${id} was acknowledged, and it is ${status}`);
}

/** What the trials wrote down themselves: each launch began exactly once. */
function judgeJournal({ journal }: ProcessBed, launches: readonly Launch[]): string[] {
  const violations: string[] = [];
  const begins = byNumber(journal.of("begin"));
  const ends = byNumber(journal.of("end"));
  for (const { n, task } of launches) {
    const begun = begins.get(n) ?? [];
    const trials = begun.map(({ trial }) => trial).join(", ");
    if (begun.length !== 1) violations.push(`${task} (${n}) began ${begun.length} times: ${trials}`);
    if ((ends.get(n) ?? []).length !== 1) violations.push(`${task} (${n}) ended ${ends.get(n)?.length ?? 0} times`);
    begins.delete(n);
  }
  for (const [n, lines] of begins)
    violations.push(`${lines[0]!.trial} (${n}) ran, and its launch was never acknowledged`);
  return violations;
}

async function judgeExtras({ client }: ProcessBed, known: ReadonlySet<string>): Promise<string[]> {
  const violations: string[] = [];
  for await (const { id, definition } of client.tasks({ limit: 1_000 })) {
    if (!known.has(id)) violations.push(`${id} (${definition}) is there, and nobody was told of it`);
  }
  return violations;
}

function byNumber(lines: readonly JournalLine[]): Map<number, JournalLine[]> {
  const groups = new Map<number, JournalLine[]>();
  for (const line of lines) {
    const group = groups.get(line.n);
    if (group === undefined) groups.set(line.n, [line]);
    else group.push(line);
  }
  return groups;
}
