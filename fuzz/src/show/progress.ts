import type { Target } from "../target/target.js";
import type { Campaign } from "../run/campaign.js";
import type { Results } from "../run/results.js";
import { sums } from "./summary.js";

const terminalMs = 500;
const pipeMs = 10_000;

export interface ProgressOptions {
  readonly targets: readonly Target[];
  readonly results: Results;
  readonly stream: NodeJS.WriteStream;
}

/** Says on stderr how far it is: a line that draws over itself on a terminal, one now and then in a pipe. */
export class Progress {
  readonly #options: ProgressOptions;
  #shownMs = performance.now();

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  changed(campaign: Campaign): void {
    const { stream, targets, results } = this.#options;
    if (performance.now() - this.#shownMs < (stream.isTTY ? terminalMs : pipeMs)) return;
    this.#shownMs = performance.now();
    const line = `${sums(targets, results)} · now ${[...campaign.active].join(", ")}`;
    stream.write(stream.isTTY ? `\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}` : `${line}\n`);
  }

  note(text: string): void {
    const { stream } = this.#options;
    stream.write(`${stream.isTTY ? "\r\u001b[2K" : ""}${text}\n`);
  }

  end(): void {
    const { stream } = this.#options;
    if (stream.isTTY) stream.write("\r\u001b[2K");
  }
}
