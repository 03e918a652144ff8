import { exampleId } from "./outcome.js";

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
  return new RegExp(`^(?:${[...names].map((name) => literal(name)).join("|")})$`);
}

function literal(name: string): string {
  const isClipped = name.endsWith("…");
  const escaped = (isClipped ? name.slice(0, -1) : name).replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return isClipped ? `${escaped}[\\s\\S]*` : escaped;
}
