import { createHash } from "node:crypto";
import { limits } from "@capstan/protocol";

/** Gives each task of a taskset a key of its own, made from what it is about. */
export class KeySource {
  readonly #counts = new Map<string, number>();

  next(text: string): string {
    const key = short(text);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count === 1 ? key : this.next(`${key} #${count}`);
  }
}

/** A key has a limit; what is cut off is told apart by its digest. */
function short(text: string): string {
  if (Buffer.byteLength(text) <= limits.keyBytesMax - 8) return text === "" ? "(empty)" : text;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `${Buffer.from(text)
    .subarray(0, limits.keyBytesMax - 32)
    .toString("utf8")
    .replace(/\uFFFD+$/, "")}… ${digest}`;
}

/** A name for the class of commands, so that the same command finds its estimates again. */
export function classOf(words: readonly string[]): string | undefined {
  const slug = words
    .join("-")
    .replaceAll(/[^A-Za-z0-9_.-]+/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replace(/^[-.]+/, "")
    .slice(0, 80)
    .replace(/[-.]+$/, "");
  return slug === "" ? undefined : slug;
}
