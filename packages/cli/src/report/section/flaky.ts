import { duration } from "../../render/quantity.js";
import { html, nameHtml, type Html } from "../html.js";
import type { DetailedTask, DetailedTrial } from "../read-detail.js";

const rowsMax = 200;
const namesMax = 3;

/** What succeeded only after it had failed, and at what it failed. */
export function flaky(tasks: readonly DetailedTask[]): Html {
  const found = tasks.filter(({ task }) => task.isFlaky);
  if (found.length === 0) return html``;
  return html`<section id="flaky">
    <h2>Flaky <span class="count">${found.length}</span></h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>what</th>
            <th>failed before at</th>
            <th class="right">trials</th>
          </tr>
        </thead>
        <tbody>
          ${found.slice(0, rowsMax).map(row)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function row({ task, trials }: DetailedTask): Html {
  const earlier = trials.filter(({ trial }) => trial.isCounted);
  return html`<tr>
    <td>${nameHtml(task.key ?? task.id)}</td>
    <td>
      ${earlier.map((each) => html`<div>${nameHtml(reasonOf(each))} <span class="quiet">${placeOf(each)}</span></div>`)}
    </td>
    <td class="right">${task.trials.total}</td>
  </tr>`;
}

function reasonOf({ trial, examples }: DetailedTrial): string {
  const failed = examples.filter(({ status }) => status === "failed").map(({ name }) => name);
  if (failed.length === 0) return trial.error?.message ?? trial.cause ?? trial.status;
  const more = failed.length - namesMax;
  return failed.slice(0, namesMax).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function placeOf({ trial }: DetailedTrial): Html {
  const took = trial.durationMs === undefined ? "" : duration(trial.durationMs);
  return html`${trial.workerName !== undefined && html`on ${nameHtml(trial.workerName)}`} ${took}`;
}
