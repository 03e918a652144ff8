import { duration } from "../../render/quantity.js";
import { html, nameHtml, type Html } from "../html.js";
import type { DetailedTask } from "../read-detail.js";

const rowsMax = 15;

interface Slow {
  readonly name: string;
  readonly of?: string;
  readonly durationMs: number;
}

/** Which tasks, and which examples of test files, took longest. */
export function slowest(tasks: readonly DetailedTask[]): Html {
  const files: Slow[] = [];
  const examples: Slow[] = [];
  for (const { task, trials } of tasks) {
    const name = task.key ?? task.id;
    const last = trials.at(-1);
    if (last?.trial.durationMs === undefined) continue;
    files.push({ name, durationMs: last.trial.durationMs });
    for (const example of last.examples.filter(({ status }) => status !== "skipped"))
      examples.push({ name: example.name, of: name, durationMs: example.durationMs });
  }
  if (files.length === 0) return html``;
  return html`<section id="slowest">
    <h2>Slowest</h2>
    <div class="columns">${list(examples.length === 0 ? "Tasks" : "Files", files)}${list("Examples", examples)}</div>
  </section>`;
}

function list(title: string, all: readonly Slow[]): Html {
  const top = all.toSorted((left, right) => right.durationMs - left.durationMs).slice(0, rowsMax);
  const longestMs = Math.max(1, top[0]?.durationMs ?? 0);
  if (top.length === 0) return html``;
  return html`<div>
    <h3>${title}</h3>
    <ol class="slow">
      ${top.map(
        ({ name, of, durationMs }) =>
          html`<li>
            <span class="name"
              >${nameHtml(name)}${of !== undefined && html` <span class="quiet">${nameHtml(of)}</span>`}</span
            >
            <span class="right">${duration(durationMs)}</span>
            <svg aria-hidden="true"><rect width="${((100 * durationMs) / longestMs).toFixed(2)}%" height="100%" /></svg>
          </li>`,
      )}
    </ol>
  </div>`;
}
