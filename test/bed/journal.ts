import { readFileSync, watch } from "node:fs";
import { within } from "@capstan/testkit";

/** One thing that a trial wrote down. */
export interface JournalLine {
  readonly what: "begin" | "end" | "stop" | "overlap";
  readonly n: number;
  readonly trial: string;
  readonly pid: number;
  /** On the machine's monotonic clock, which is also that of `performance.timeOrigin` plus an offset; see monotonicMs. */
  readonly atMs: number;
  /** What the trial has to have alone, where there is such a thing. */
  readonly hold?: string;
}

/** The machine's monotonic clock, the one that the journal's lines carry. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** What the trials of a test wrote down, read from outside. */
export class Journal {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  lines(): JournalLine[] {
    let text: string;
    try {
      text = readFileSync(this.file, "utf8");
    } catch {
      return [];
    }
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map(parse);
  }

  of(what: JournalLine["what"]): JournalLine[] {
    return this.lines().filter((line) => line.what === what);
  }

  /** All lines of that kind, as soon as there are `count` of them. The folder is watched, not looked at again and again. */
  async waitForCount(what: JournalLine["what"], count: number, timeoutMs = 15_000): Promise<JournalLine[]> {
    const folder = this.file.slice(0, this.file.lastIndexOf("/"));
    const watcher = watch(folder);
    try {
      const enough = new Promise<JournalLine[]>((resolve) => {
        const look = (): void => {
          const found = this.of(what);
          if (found.length >= count) resolve(found);
        };
        watcher.on("change", look);
        look();
      });
      return await within(enough, timeoutMs, () => `${count} × ${what}; there are ${this.of(what).length}`);
    } finally {
      watcher.close();
    }
  }
}

function parse(line: string): JournalLine {
  const [what, n, trial, pid, atMs, hold] = line.split(" ");
  const plain = {
    what: what as JournalLine["what"],
    n: Number(n),
    trial: trial!,
    pid: Number(pid),
    atMs: Number(atMs),
  };
  return hold === undefined ? plain : { ...plain, hold };
}
