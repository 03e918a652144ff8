import type { WriteStream } from "node:tty";
import type { TasksetView } from "../work/work.js";

const barCells = 24;

/** How far each taskset is: redrawn in place on a terminal, one line a quarter elsewhere. */
export class Progress {
  readonly #out: WriteStream;
  readonly #lines = new Map<string, string>();
  readonly #quarters = new Map<string, number>();
  #drawn = 0;

  constructor(out: WriteStream, titles: readonly string[]) {
    this.#out = out;
    for (const title of titles) this.#lines.set(title, title);
  }

  show(title: string, { counts }: TasksetView): void {
    const done = doneOf(counts);
    const share = counts.total === 0 ? 1 : done / counts.total;
    const facts = `${done}/${counts.total} done, ${counts.running} running${counts.failed > 0 ? `, ${counts.failed} failed` : ""}`;
    if (this.#out.isTTY) {
      const cells = Math.round(share * barCells);
      this.#lines.set(title, `${title.padEnd(11)}${"█".repeat(cells)}${"░".repeat(barCells - cells)}  ${facts}`);
      this.#draw();
      return;
    }
    const quarter = Math.floor(share * 4);
    if (quarter <= (this.#quarters.get(title) ?? 0)) return;
    this.#quarters.set(title, quarter);
    this.#out.write(`${title.padEnd(11)}${facts}\n`);
  }

  /** Leaves the last state where it is. */
  end(): void {
    this.#out.write("\n");
    this.#drawn = 0;
  }

  #draw(): void {
    const up = this.#drawn > 0 ? `\u001B[${this.#drawn}A` : "";
    const width = this.#out.columns > 0 ? this.#out.columns - 1 : 79;
    const lines = [...this.#lines.values()].map((line) => `\u001B[2K${line.slice(0, width)}\n`);
    this.#out.write(up + lines.join(""));
    this.#drawn = lines.length;
  }
}

function doneOf({ succeeded, skipped, failed, abandoned, cancelled }: TasksetView["counts"]): number {
  return succeeded + skipped + failed + abandoned + cancelled;
}
