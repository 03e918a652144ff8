import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { SeedAnswer } from "./seed-message.js";

/** A line a seed, after one that names the commit: a run that was interrupted goes on where it was. */
export class ResultFile {
  readonly answers: SeedAnswer[] = [];
  readonly #path: string;
  readonly #done = new Set<string>();

  constructor(path: string, commit: string) {
    this.#path = path;
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
    const [head, ...rest] = lines.map((line) => JSON.parse(line) as unknown);
    // What another commit did says nothing of this one.
    if ((head as { commit?: string } | undefined)?.commit !== commit) {
      writeFileSync(path, `${JSON.stringify({ commit })}\n`);
      return;
    }
    for (const answer of rest as SeedAnswer[]) {
      if (answer.failure !== undefined) continue;
      this.answers.push(answer);
      this.#done.add(answer.seed);
    }
  }

  has(seed: string): boolean {
    return this.#done.has(seed);
  }

  add(answer: SeedAnswer): void {
    appendFileSync(this.#path, `${JSON.stringify(answer)}\n`);
  }
}
