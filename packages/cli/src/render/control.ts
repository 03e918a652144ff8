/** Control characters in text from outside: what they could do to a terminal is taken away. */
const escape = "\u001b";
const bell = "\u0007";

const colourCodes = new RegExp(`${escape}\\[[0-9;]*m`, "g");
/** Sequences that are no colour: movements, clearing, titles, links. */
const otherCodes = new RegExp(
  `${escape}(?:\\[[0-9;?]*[A-LN-Za-ln-z@\`]|\\][^${bell}${escape}]*(?:${bell}|${escape}\\\\)|[^[\\]])`,
  "g",
);
/** The beginning of what is neither: a sequence that was cut, or one that no terminal knows. */
const loneEscape = new RegExp(`${escape}(?!\\[[0-9;]*m)`, "g");
const controls = /(?!\t)\p{Cc}/gu;
const controlsButEscape = new RegExp(`(?![\\t${escape}])\\p{Cc}`, "gu");

/** The text without colours. */
export function plain(text: string): string {
  return text.replace(colourCodes, "");
}

/** Text from outside on one line: line breaks as spaces, nothing that moves the cursor. */
export function oneLine(text: string): string {
  return plain(text).replace(otherCodes, "").replace(/\s+/g, " ").replace(controls, "").trim();
}

/** A line of somebody's output without what would move the cursor; colours stay where they are wanted, and end with it. */
export function safeLine(line: string, hasColour: boolean): string {
  // A progress meter draws over itself: its last state is what would be seen.
  const last = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
  // Control characters first: one within a sequence would hide it, and let it stand when it is taken out.
  const still = last.replace(controlsButEscape, "").replace(otherCodes, "");
  if (!hasColour) return plain(still).replace(controls, "");
  const coloured = still.replace(loneEscape, "");
  return coloured.includes(escape) ? `${coloured}${escape}[0m` : coloured;
}
