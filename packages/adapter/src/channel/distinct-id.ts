import type { FilePart } from "@capstan/protocol";
import { exampleId, idCharactersMax } from "./outcome.js";

/** Gives ids to examples by name; of several with one name, the second gets ` #2`, and so on. */
export class DistinctIds {
  readonly #seen = new Map<string, number>();

  next(name: string): string {
    const times = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, times);
    return exampleId(times === 1 ? name : `${name} #${times}`);
  }
}

/** A pattern that matches the names behind these ids in full, and nothing else. */
export function namePattern(ids: ReadonlySet<string>): RegExp {
  const names = new Set([...ids].flatMap((id) => [id, id.replace(/ #\d+$/, "")]));
  return new RegExp(`^(?:${[...names].map(nameOrStart).join("|")})$`);
}

/** The name behind an id: examples of one name are in the same part of a file that is split. */
export function exampleName(id: string): string {
  return id.replace(/(?: #\d+)+$/, "");
}

/** Matches ids and names of the examples of a part, in full: every one that there may be is in one part of the file. */
export function partPattern({ only, except }: FilePart): RegExp {
  const names = new Set((only ?? except ?? []).map(exampleName));
  const listed = `(?:${[...names].map(nameOrStart).join("|")})(?: #\\d+)*$`;
  // Of an empty list nothing is in it, and everything is not.
  if (only !== undefined) return new RegExp(names.size === 0 ? "^(?!)" : `^${listed}`);
  return new RegExp(names.size === 0 ? "^" : `^(?!${listed})`);
}

/** An id that was cut off stands for all that begin like it. */
function nameOrStart(name: string): string {
  return name.length < idCharactersMax ? escaped(name) : `${escaped(name.slice(0, -1))}[\\s\\S]*`;
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
