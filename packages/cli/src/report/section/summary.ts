import { duration } from "../../render/quantity.js";
import type { WorkerLanes } from "../lane.js";
import type { Detail } from "../read-detail.js";
import { html, nameHtml, type Html } from "../html.js";

/** Name, result, and the numbers that are asked for first. */
export function summary({ taskset, nowMs }: Detail, workers: readonly WorkerLanes[]): Html {
  const { counts, launchedAtMs, endedAtMs = nowMs } = taskset;
  const { examples } = counts;
  const lanes = workers.reduce((sum, { lanes: own }) => sum + own.length, 0);
  const facts: [string, Html | string][] = [
    [`${examples === undefined ? "task" : "file"}${counts.total === 1 ? "" : "s"}`, number(counts.total)],
    ["failed", number(counts.failed, counts.failed > 0 ? "bad" : "")],
    ["flaky", number(counts.flaky, counts.flaky > 0 ? "odd" : "")],
    ...(examples === undefined ? [] : examplesFacts(examples)),
    ["took", duration(endedAtMs - launchedAtMs)],
    [workers.length === 1 ? "worker" : "workers", number(workers.length)],
    ["at once", number(lanes)],
  ];
  const launched = new Date(launchedAtMs).toISOString();
  return html`<header>
      <h1>${nameHtml(taskset.name ?? taskset.id)} <span class="pill ${taskset.status}">${taskset.status}</span></h1>
      <p class="quiet">
        ${taskset.id} · launched <time datetime="${launched}">${launched.replace("T", " ").slice(0, 19)} UTC</time>
        ${taskset.cause === undefined ? "" : html` · ${taskset.cause}`}
        ${taskset.round > 1 && html` · round ${taskset.round}`}
      </p>
    </header>
    ${bar(taskset)}
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

function examplesFacts({
  passed,
  failed,
  skipped,
}: Readonly<Record<"passed" | "failed" | "skipped", number>>): [string, Html][] {
  return [
    ["examples passed", number(passed)],
    ["examples failed", number(failed, failed > 0 ? "bad" : "")],
    ["examples skipped", number(skipped)],
  ];
}

function number(count: number, kind = ""): Html {
  return html`<span class="${kind}">${count.toLocaleString("en")}</span>`;
}

/** How many tasks ended in which way, as a bar. */
function bar({ counts }: Detail["taskset"]): Html {
  const { total, succeeded, skipped, failed, abandoned, cancelled, running } = counts;
  const parts = { failed, cancelled: cancelled + abandoned, running, succeeded, skipped };
  let x = 0;
  const rects = Object.entries(parts).map(([status, count]) => {
    const width = total === 0 ? 0 : (100 * count) / total;
    const rect = html`<rect class="${status}" x="${x.toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"
      ><title>${count} ${status}</title></rect
    >`;
    x += width;
    return count === 0 ? "" : rect;
  });
  return html`<svg class="bar" role="img" aria-label="tasks by verdict">${rects}</svg>`;
}
