import { oneLine, safeLine } from "../render/control.js";

/** Markup that is meant as it stands; any other text in a page is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as the content of an element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}

/** Markup from a template, in which what is put in is escaped unless it is markup already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  for (const [at, part] of parts.entries()) text += textOf(part) + strings[at + 1]!;
  return new Html(text);
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return escapeHtml(String(part));
}

/** A name from outside: on one line, without control characters, and without sway over the direction of what is around it. */
export function nameHtml(name: string): Html {
  return html`<bdi>${oneLine(name)}</bdi>`;
}

/** Lines from outside, without control characters. */
export function linesHtml(lines: readonly string[]): Html {
  return html`<pre>${lines.map((line) => `${safeLine(line, false)}\n`)}</pre>`;
}
