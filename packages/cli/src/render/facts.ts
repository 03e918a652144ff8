import type { Output } from "../io/output.js";
import { oneLine } from "./control.js";
import { pad, width } from "./text.js";

/** What is known of one thing: names and values; those without a value are left out. */
export type Facts = readonly (readonly [name: string, value: string | number | undefined])[];

/** One fact a line: aligned on a terminal, tab-separated in a pipe. */
export function factLines(facts: Facts, { isTerminal, style }: Pick<Output, "isTerminal" | "style">): string[] {
  const known = facts.filter((fact): fact is readonly [string, string | number] => fact[1] !== undefined);
  const room = Math.max(0, ...known.map(([name]) => width(name)));
  return known.map(([name, value]) =>
    isTerminal ? `${style.dim(pad(name, room))}  ${value}` : `${name}\t${oneLine(String(value))}`,
  );
}

/** JSON for people: on one line while it is short. */
export function jsonText(value: unknown): string {
  const short = JSON.stringify(value) ?? "null";
  return short.length <= 100 ? short : JSON.stringify(value, undefined, 2);
}
