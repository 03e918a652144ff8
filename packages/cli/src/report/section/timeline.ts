import { duration, elapsed } from "../../render/quantity.js";
import { oneLine } from "../../render/control.js";
import { html, nameHtml, type Html } from "../html.js";
import type { Span, WorkerLanes } from "../lane.js";

const laneHeight = 14;
const spansMax = 50_000;
const ticksAbout = 8;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/** Which worker ran what and when: a row for each of its lanes, a box for each trial. */
export function timeline(workers: readonly WorkerLanes[]): Html {
  if (workers.length === 0) return html``;
  const endMs = Math.max(
    1,
    ...workers.flatMap(({ lanes }) => lanes.map((lane) => Math.max(...lane.map((span) => span.endMs)))),
  );
  const scale = (ms: number): string => `${((100 * ms) / endMs).toFixed(3)}%`;
  let left = spansMax;
  const rows = workers.map(({ worker, lanes }) => {
    const shown = lanes.map((lane) => lane.slice(0, Math.max(0, left)));
    left -= lanes.reduce((sum, lane) => sum + lane.length, 0);
    return html`<div class="worker">
      <div class="who" title="${oneLine(worker)}">${nameHtml(worker)}</div>
      ${boxes(shown, scale)}
    </div>`;
  });
  const kinds = ["succeeded", "failed", "lost", "cancelled", "running"];
  return html`<section id="timeline">
    <h2>Timeline</h2>
    <div class="timeline">
      ${rows}
      <div class="worker axis">
        <div class="who"></div>
        ${axis(endMs, scale)}
      </div>
    </div>
    <p class="legend quiet">
      ${kinds.map((kind) => html`<span><span class="mark ${kind}"></span>${kind}</span> `)}
      <span>each row of a worker is one trial at a time</span>
    </p>
  </section>`;
}

type Scale = (ms: number) => string;

function boxes(lanes: readonly (readonly Span[])[], scale: Scale): Html {
  const height = lanes.length * laneHeight;
  const placed = lanes.flatMap((lane, at) => lane.map((span) => ({ span, y: at * laneHeight })));
  // What went wrong is drawn last, so that it is seen where boxes are thinner than a line.
  const isGood = ({ span }: { readonly span: Span }): number => Number(span.trial.status === "succeeded");
  const rects = placed
    .toSorted((left, right) => isGood(right) - isGood(left))
    .map(({ span, y }) => box(span, y, scale));
  return html`<svg height="${height}" role="img" aria-label="trials">${rects}</svg>`;
}

function box({ task, trial, startMs, endMs }: Span, y: number, scale: Scale): Html {
  const took = duration(endMs - startMs);
  const which = trial.number > 1 ? `, trial ${trial.number}` : "";
  const title = `${oneLine(task.key ?? task.id)}\n${trial.status}, ${took}${which}${trial.isTwin ? ", twin" : ""}`;
  return html`<rect
    class="${kindOf(trial.status)}"
    x="${scale(startMs)}"
    y="${y + 1}"
    width="${scale(endMs - startMs)}"
    height="${laneHeight - 2}"
    ><title>${title}</title></rect
  >`;
}

function kindOf(status: string): string {
  if (status === "error" || status === "timeout") return "failed";
  return status === "granted" || status === "stopping" ? "running" : status;
}

function axis(endMs: number, scale: Scale): Html {
  const stepMs = 1_000 * (steps.find((step) => step * 1_000 * ticksAbout >= endMs) ?? steps.at(-1)!);
  const fineMs = endMs < 4_000 ? endMs / 4 : stepMs;
  const ticks: Html[] = [];
  for (let ms = 0; ms <= endMs * 0.97; ms += fineMs) {
    ticks.push(
      html`<line x1="${scale(ms)}" x2="${scale(ms)}" y1="0" y2="5" /><text x="${scale(ms)}" y="16"
          >${fineMs < 1_000 ? duration(ms) : elapsed(ms)}</text
        >`,
    );
  }
  return html`<svg height="20" aria-hidden="true">${ticks}</svg>`;
}
