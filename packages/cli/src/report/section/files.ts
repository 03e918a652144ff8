import { oneLine } from "../../render/control.js";
import { html, Html } from "../html.js";
import type { DetailedTask } from "../read-detail.js";

const examplesMax = 200_000;
const nameCharactersMax = 300;

/** All tasks with their examples. They are many: the page's script makes their rows from data, those of examples when they are asked for. */
export function files(tasks: readonly DetailedTask[]): Html {
  return html`<section id="all">
    <h2>All <span class="count">${tasks.length}</span></h2>
    <noscript><p class="quiet">The list needs JavaScript; everything above does not.</p></noscript>
    <div class="filter" hidden>
      <input type="search" placeholder="Filter by name" aria-label="Filter by name" />
      <select aria-label="Filter by verdict">
        <option value="">all</option>
      </select>
      <span class="quiet" role="status"></span>
    </div>
    <div class="scroll">
      <table hidden>
        <thead>
          <tr>
            <th>what</th>
            <th>verdict</th>
            <th class="right">examples</th>
            <th class="right">trials</th>
            <th>worker</th>
            <th class="right">took</th>
          </tr>
        </thead>
        <tbody></tbody>
      </table>
    </div>
    <button class="more" hidden></button>
    <script type="application/json" id="data">
      ${dataOf(tasks)}
    </script>
  </section>`;
}

const codes = { passed: 0, failed: 1, skipped: 2, muted: 3 } as const;

/** Short lists instead of objects: name, verdict, whether flaky, trials, worker, ms, and examples as name, code, ms. */
function dataOf(tasks: readonly DetailedTask[]): Html {
  let left = examplesMax;
  const rows = tasks.map(({ task, trials }) => {
    const last = trials.at(-1);
    const examples = (last?.examples ?? []).slice(0, Math.max(0, left));
    left -= examples.length;
    return [
      nameOf(task.key ?? task.id),
      task.status,
      task.isFlaky ? 1 : 0,
      task.trials.total,
      nameOf(last?.trial.workerName ?? ""),
      Math.round(last?.trial.durationMs ?? 0),
      examples.map(({ name, status, durationMs }) => [nameOf(name), codes[status], Math.round(durationMs)]),
    ];
  });
  // Nothing in it ends the element, whatever a name holds.
  return new Html(JSON.stringify(rows).replaceAll("<", "\\u003c"));
}

function nameOf(text: string): string {
  return oneLine(text).slice(0, nameCharactersMax);
}
