import type { EngineFigures } from "./sample.js";

type Labels = Readonly<Record<string, string>>;

/** Reads what is of interest from the text that the engine shows to Prometheus. */
export function readEngineFigures(text: string): EngineFigures {
  const families = parse(text);
  const byLabel = (name: string, label: string): Record<string, number> =>
    Object.fromEntries((families.get(name) ?? []).map(({ labels, value }) => [labels[label] ?? "", value]));
  const sum = (name: string): number => (families.get(name) ?? []).reduce((total, { value }) => total + value, 0);
  return {
    heapBytes: sum("nodejs_heap_size_used_bytes"),
    oldHeapBytes: byLabel("nodejs_heap_space_size_used_bytes", "space")["old"] ?? 0,
    externalBytes: sum("nodejs_external_memory_bytes"),
    held: byLabel("capstan_held", "thing"),
    tasks: byLabel("capstan_tasks", "status"),
    finished: sum("capstan_tasks_finished_total"),
    sweepMended: sum("capstan_sweep_mended_total"),
    commitsFailed: sum("capstan_commits_failed_total"),
  };
}

function parse(text: string): Map<string, { labels: Labels; value: number }[]> {
  const families = new Map<string, { labels: Labels; value: number }[]>();
  for (const [, name, labels = "", value] of text.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? (\S+)$/gm)) {
    const line = { labels: parseLabels(labels), value: Number(value) };
    const lines = families.get(name!);
    if (lines === undefined) families.set(name!, [line]);
    else lines.push(line);
  }
  return families;
}

function parseLabels(text: string): Labels {
  return Object.fromEntries([...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
}
