import { plain } from "./control.js";

/** How many columns the text takes: wide characters take two, marks none. */
export function width(text: string): number {
  let columns = 0;
  for (const character of plain(text)) columns += widthOf(character.codePointAt(0)!);
  return columns;
}

function widthOf(code: number): number {
  if (code < 0x300) return 1;
  if (/\p{Mark}|\u200d|\ufe0f/u.test(String.fromCodePoint(code))) return 0;
  const isWide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return isWide ? 2 : 1;
}

/** Cuts text without colours to so many columns, with an ellipsis at its end. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const next = widthOf(character.codePointAt(0)!);
    if (used + next > columns - 1) break;
    kept += character;
    used += next;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/** Fills up to so many columns. */
export function pad(text: string, columns: number, isRight = false): string {
  const space = " ".repeat(Math.max(0, columns - width(text)));
  return isRight ? space + text : text + space;
}

/** "1 task", "2 tasks". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A path or word as it would be typed in a shell. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
