import type { Example } from "@capstan/protocol";
import { duration } from "../../render/quantity.js";
import { faultText, why } from "../../render/task.js";
import { counted } from "../../render/text.js";
import type { Tail } from "../../run/tail.js";
import { html, linesHtml, nameHtml, type Html } from "../html.js";
import type { DetailedTask } from "../read-detail.js";

const openMax = 5;
const failuresMax = 500;
const examplesMax = 50;
const messageLinesMax = 100;
const messageCharactersMax = 8_192;

/** What failed, with the examples that did and the end of what was written. */
export function failures(tasks: readonly DetailedTask[]): Html {
  const failed = tasks.filter(({ task }) => task.status === "failed");
  if (failed.length === 0) return html``;
  const more = failed.length - failuresMax;
  return html`<section id="failures">
    <h2>Failures <span class="count">${failed.length}</span></h2>
    ${failed.slice(0, failuresMax).map((each, at) => failure(each, at < openMax))}
    ${more > 0 && html`<p class="quiet">… and ${counted(more, "more failure")}: <code>capstan tasks --status failed</code></p>`}
  </section>`;
}

function failure({ task, trials, output }: DetailedTask, isOpen: boolean): Html {
  const examples = (trials.at(-1)?.examples ?? []).filter(({ status }) => status === "failed");
  const { lastTrial } = task;
  const facts = [
    why(task),
    task.trials.total > 1 ? counted(task.trials.total, "trial") : "",
    lastTrial?.durationMs === undefined ? "" : duration(lastTrial.durationMs),
    lastTrial?.workerName === undefined ? "" : `on ${lastTrial.workerName}`,
  ].filter((fact) => fact !== "");
  const hidden = examples.length - examplesMax;
  return html`<details class="failure" ${isOpen && "open"}>
    <summary>
      <span class="mark failed"></span>${nameHtml(task.key ?? task.id)}
      <span class="quiet">${nameHtml(facts.join(" · "))}</span>
    </summary>
    ${examples.slice(0, examplesMax).map(example)}
    ${hidden > 0 && html`<p class="quiet">… and ${counted(hidden, "more failed example")}</p>`}
    ${examples.length === 0 && task.error !== undefined && linesHtml(cut(faultText(task.error)))}
    ${output !== undefined && [tail("stdout", output.stdout), tail("stderr", output.stderr)]}
  </details>`;
}

function example({ name, file, line, message }: Example): Html {
  const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}`;
  return html`<div class="example">
    <h3>${nameHtml(name)} <code class="quiet">${place}</code></h3>
    ${message !== undefined && linesHtml(cut(message))}
  </div>`;
}

function tail(stream: string, { lines, linesBefore }: Tail): Html {
  if (lines.length === 0) return html``;
  const before = linesBefore > 0 && html` <span class="quiet">after ${counted(linesBefore, "more line")}</span>`;
  return html`<h4>${stream}${before}</h4>
    ${linesHtml(lines)}`;
}

function cut(text: string): string[] {
  const lines = text.slice(0, messageCharactersMax).trimEnd().split("\n");
  const isCut = text.length > messageCharactersMax || lines.length > messageLinesMax;
  return isCut ? [...lines.slice(0, messageLinesMax), "…"] : lines;
}
