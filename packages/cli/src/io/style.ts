import picocolors from "picocolors";

/** Functions that colour text, or leave it alone. */
export type Style = ReturnType<typeof picocolors.createColors>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Colours go to terminals only; NO_COLOR (no-color.org) turns them off there, FORCE_COLOR on everywhere. */
export function styleFor(stream: { readonly isTTY?: boolean | undefined }, env: Environment): Style {
  return picocolors.createColors(hasColour(stream.isTTY === true, env));
}

function hasColour(isTerminal: boolean, env: Environment): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"] ?? "";
  if (force !== "") return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}
