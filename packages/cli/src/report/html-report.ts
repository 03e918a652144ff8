import { createHash } from "node:crypto";
import { instant } from "../render/quantity.js";
import { oneLine } from "../render/control.js";
import { html, Html } from "./html.js";
import { layOut, spanOf } from "./lane.js";
import { pageScript } from "./page-script.js";
import { pageStyle } from "./page-style.js";
import type { Detail } from "./read-detail.js";
import { failures } from "./section/failures.js";
import { files } from "./section/files.js";
import { flaky } from "./section/flaky.js";
import { isMutedFailure, muted } from "./section/muted.js";
import { slowest } from "./section/slowest.js";
import { summary } from "./section/summary.js";
import { timeline } from "./section/timeline.js";

export type { Detail, DetailedTask, DetailedTrial } from "./read-detail.js";

/**
 * A report as one page that needs nothing else: no network, and by its own policy no style or script but the two in it.
 * Whatever names and outputs hold is text there.
 */
export function htmlReport(detail: Detail): string {
  const { taskset, tasks, nowMs } = detail;
  const { launchedAtMs } = taskset;
  const spans = tasks.flatMap(({ task, trials }) =>
    trials.map(({ trial }) => spanOf(task, trial, { launchedAtMs, nowMs })),
  );
  const workers = layOut(spans);
  const isMuted = isMutedFailure(detail);
  const name = oneLine(taskset.name ?? taskset.id);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${name} ${taskset.status}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          ${summary(detail, workers)} ${failures(tasks.filter(({ task }) => !isMuted(task)))} ${muted(tasks, isMuted)}
          ${flaky(tasks)} ${timeline(workers)} ${slowest(tasks)} ${files(tasks)}
          <footer>Written by Capstan at ${instant(nowMs)}</footer>
        </main>
        ${scriptElement}
      </body>
    </html> `;
  return `${page.text.trimEnd()}\n`;
}

// To the letter, since the policy knows them by their digests.
const styleElement = new Html(`<style>${pageStyle}</style>`);
const scriptElement = new Html(`<script>${pageScript}</script>`);

function digest(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const policy = [
  "default-src 'none'",
  `style-src ${digest(pageStyle)}`,
  `script-src ${digest(pageScript)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
