import { performance } from "node:perf_hooks";
import type { CopyProgress } from "@capstan/store/copy";
import type { Output } from "../io/output.js";
import { copyLine, copyShare, plainCopyLine } from "../render/copy.js";
import { LiveRegion } from "../render/live-region.js";

/** A line in a log for so much progress, or after so long. */
const plainShare = 0.1;
const plainEveryMs = 10_000;
const terminalEveryMs = 100;
const jsonEveryMs = 1_000;

/** Shows how far a copy has come: in place on a terminal, as some lines in a log, as JSON lines for programs. */
export class CopyDisplay {
  readonly #output: Output;
  readonly #region: LiveRegion;
  readonly #startedAtMs = performance.now();
  #shownAtMs = this.#startedAtMs;
  #shownShare = 0;

  constructor(output: Output) {
    this.#output = output;
    this.#region = new LiveRegion(output);
  }

  update(progress: CopyProgress): void {
    const nowMs = performance.now();
    const share = copyShare(progress);
    if (!this.#isDue(nowMs, share)) return;
    this.#shownAtMs = nowMs;
    this.#shownShare = share;
    const output = this.#output;
    if (output.isJson) output.json({ type: "progress", ...progress });
    else if (output.isTerminal) {
      this.#region.update([copyLine(progress, { style: output.style, ranMs: nowMs - this.#startedAtMs })]);
    } else output.line(plainCopyLine(progress));
  }

  close(): void {
    this.#region.clear();
  }

  #isDue(nowMs: number, share: number): boolean {
    const ranMs = nowMs - this.#shownAtMs;
    if (this.#output.isJson) return ranMs >= jsonEveryMs;
    if (this.#output.isTerminal) return ranMs >= terminalEveryMs;
    return share < 1 && (share - this.#shownShare >= plainShare || ranMs >= plainEveryMs);
  }
}
