import type { TaskView } from "@capstan/protocol";
import { why } from "../../render/task.js";
import { html, nameHtml, type Html } from "../html.js";
import type { Detail, DetailedTask } from "../read-detail.js";

const rowsMax = 500;
const messageCharactersMax = 300;

interface Row {
  readonly file: string;
  readonly example?: string;
  readonly message: string;
}

/** Whether a task failed and does not fail its taskset. */
export function isMutedFailure({ taskset }: Pick<Detail, "taskset">): (task: TaskView) => boolean {
  const keys = new Set(taskset.muted);
  return ({ status, key }) => status === "failed" && key !== undefined && keys.has(key);
}

/** What failed and does not fail the whole, since it is muted. */
export function muted(tasks: readonly DetailedTask[], isMuted: (task: TaskView) => boolean): Html {
  const rows = tasks.flatMap((each) => rowsOf(each, isMuted(each.task)));
  if (rows.length === 0) return html``;
  const more = rows.length - rowsMax;
  return html`<section id="muted">
    <h2>Muted <span class="count">${rows.length}</span></h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>what</th>
            <th>example</th>
            <th>failed with</th>
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, rowsMax).map(row)}
        </tbody>
      </table>
    </div>
    ${more > 0 && html`<p class="quiet">… and ${more} more</p>`}
  </section>`;
}

function rowsOf({ task, trials }: DetailedTask, isMuted: boolean): Row[] {
  const file = task.key ?? task.id;
  const told = (trials.at(-1)?.examples ?? []).filter(
    ({ status }) => status === "muted" || (isMuted && status === "failed"),
  );
  if (isMuted && told.length === 0) return [{ file, message: why(task) }];
  return told.map(({ name, message = "failed" }) => ({
    file,
    example: name,
    message: message.trim().split("\n", 1)[0]!,
  }));
}

function row({ file, example = "", message }: Row): Html {
  return html`<tr>
    <td>${nameHtml(file)}</td>
    <td>${nameHtml(example)}</td>
    <td>${nameHtml(message.slice(0, messageCharactersMax))}</td>
  </tr>`;
}
