import type { TaskView, TrialView } from "@capstan/protocol";

/** A trial on the timeline, in ms since the taskset was launched. */
export interface Span {
  readonly task: TaskView;
  readonly trial: TrialView;
  readonly grantedMs: number;
  /** When its code began. */
  readonly startMs: number;
  readonly endMs: number;
}

/** The trials that a worker ran, one after another in each lane: it has as many lanes as ran there at once. */
export interface WorkerLanes {
  readonly worker: string;
  readonly lanes: readonly (readonly Span[])[];
}

/** A trial as a span; one that still runs ends now. */
export function spanOf(
  task: TaskView,
  trial: TrialView,
  { launchedAtMs, nowMs }: Readonly<Record<"launchedAtMs" | "nowMs", number>>,
): Span {
  const { grantedAtMs, endedAtMs = nowMs, durationMs } = trial;
  const startMs = durationMs === undefined ? grantedAtMs : Math.max(grantedAtMs, endedAtMs - durationMs);
  return {
    task,
    trial,
    grantedMs: Math.max(0, grantedAtMs - launchedAtMs),
    startMs: Math.max(0, startMs - launchedAtMs),
    endMs: Math.max(0, endedAtMs - launchedAtMs),
  };
}

/** Lays the trials of each worker out in lanes, as a slot takes them: each in the first that is free when it was granted. */
export function layOut(spans: readonly Span[]): WorkerLanes[] {
  const workers = new Map<string, Span[]>();
  for (const span of spans) {
    const worker = span.trial.workerName ?? span.trial.worker ?? "unknown";
    const list = workers.get(worker);
    if (list === undefined) workers.set(worker, [span]);
    else list.push(span);
  }
  return [...workers]
    .toSorted(([left], [right]) => left.localeCompare(right, "en", { numeric: true }))
    .map(([worker, list]) => ({ worker, lanes: lanesOf(list) }));
}

function lanesOf(spans: readonly Span[]): Span[][] {
  const lanes: Span[][] = [];
  for (const span of spans.toSorted((left, right) => left.grantedMs - right.grantedMs)) {
    const free = lanes.find((lane) => lane.at(-1)!.endMs <= span.grantedMs);
    if (free === undefined) lanes.push([span]);
    else free.push(span);
  }
  return lanes;
}
