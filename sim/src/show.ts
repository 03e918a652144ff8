import type { SearchResult } from "./search/search.js";
import type { Totals } from "./search/tally.js";
import type { SimulationReport } from "./simulation.js";

function list(counts: Iterable<readonly [string, number]>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** One seed, for people. */
export function reportText(report: SimulationReport, seconds: number): string {
  const { seed, tasks, executions, digest, virtualMs, events, steps, frames, commits, faults, refusals } = report;
  return [
    `seed ${seed}: ${tasks} tasks, ${executions} executions, ${steps} steps, digest ${digest}`,
    `  ${Math.round(virtualMs / 60_000)} virtual minutes in ${seconds.toFixed(1)} s: ${events} events, ${frames} frames, ${commits} commits`,
    `  faults: ${list(faults)}`,
    `  refusals: ${list(refusals)}`,
  ].join("\n");
}

export function progressText({ seeds, failed, tasks }: Totals, seconds: number): string {
  const rate = (seeds / seconds) * 60;
  return `${count(seeds)} seeds, ${failed} failed, ${count(tasks)} tasks, ${rate.toFixed(0)} seeds a minute`;
}

/** A search, for people. */
export function resultText(result: SearchResult, minutes: string): string {
  const { seeds, failed, seconds, virtualHours, tasks, executions, events, frames, commits, processSeconds } = result;
  const faults = Object.entries(result.faults);
  const total = faults.reduce((sum, [, each]) => sum + each, 0);
  const lines = [
    `${count(seeds)} seeds in ${seconds.toFixed(0)} s, ${failed} failed, at ${result.commit}`,
    `  ${count(virtualHours)} virtual hours, ${count(tasks)} tasks, ${count(executions)} executions, ${count(total)} faults`,
    `  ${count(frames)} frames, ${count(commits)} commits; ${count(events / Math.max(1, processSeconds))} events a second and process, ${((seeds / seconds) * 60).toFixed(0)} seeds a minute`,
    `  faults: ${list(faults)}`,
  ];
  for (const { seed, message, steps } of result.found) {
    const prefix = steps === undefined ? "" : ` --steps ${steps}`;
    lines.push(`seed ${seed} fails at ${result.commit}: ${message.slice(0, 400)}`);
    lines.push(`  again with: npm run sim -- --seed ${seed} --minutes ${minutes}${prefix}`);
  }
  return lines.join("\n");
}
