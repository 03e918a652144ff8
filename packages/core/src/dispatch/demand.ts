import type { Runtime } from "@capstan/protocol";
import { IndexedHeap } from "../heap/indexed-heap.js";
import type { TaskSpec } from "../state/task-spec.js";
import type { Worker } from "../state/worker.js";
import { isCellBefore, type Cell } from "./cell.js";

const levels = 10;

/** What a worker must have to run certain tasks: a revision, a runtime and labels. Few, however many tasks there are. */
export class Demand {
  /** Ready cells by priority as raised by ageing. */
  readonly shelves: readonly IndexedHeap<Cell>[] = Array.from(
    { length: levels },
    () => new IndexedHeap<Cell>(isCellBefore),
  );
  readyCells = 0;
  /** Workers that match, and of those the ones that have credits. */
  readonly workers = new Set<Worker>();
  readonly idle = new Set<Worker>();
  readonly cells = new Set<Cell>();
  agedAtMonoMs = 0;
  classes = 0;

  readonly namespace: string;
  readonly plugin: string;
  readonly revision: string;
  readonly runtime: Runtime;
  readonly labels: readonly string[];

  constructor(
    readonly id: string,
    spec: TaskSpec,
  ) {
    this.namespace = spec.namespace;
    this.plugin = spec.plugin;
    this.revision = spec.revision;
    this.runtime = spec.runtime;
    this.labels = spec.policy.labels;
  }
}

export function demandIdOf(spec: TaskSpec): string {
  return `${spec.namespace}|${spec.revision}|${spec.runtime}|${spec.policy.labels.join(",")}`;
}

/** Why a worker cannot run what is demanded; undefined when it can. */
export function mismatch(demand: Demand, worker: Worker): "namespace" | "runtime" | "label" | "revision" | undefined {
  if (worker.namespace !== demand.namespace) return "namespace";
  if (!worker.runtimes.has(demand.runtime)) return "runtime";
  if (demand.labels.some((label) => !worker.labels.has(label))) return "label";
  const isHeld = worker.revisions.has(demand.revision);
  if (demand.runtime === "inline") return isHeld ? undefined : "revision";
  if (worker.acquires === "any" || isHeld || worker.acquires.has(demand.revision)) return undefined;
  return "revision";
}

/** Brings the worker's place among those that match, and that are idle, up to date. */
export function rematch(demand: Demand, worker: Worker): void {
  const matches = worker.status !== "lost" && worker.status !== "gone" && mismatch(demand, worker) === undefined;
  if (matches) {
    demand.workers.add(worker);
    worker.demands.add(demand);
  } else {
    demand.workers.delete(worker);
    worker.demands.delete(demand);
  }
  if (matches && worker.isOpen && worker.credits > 0) demand.idle.add(worker);
  else demand.idle.delete(worker);
}
