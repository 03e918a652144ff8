import type { Evidence, Frozen } from "./evidence.js";
import type { JournalLine } from "./journal.js";
import { showLine, violation, type Violation } from "./violation.js";

/**
 * Trials that found what they must have alone held by another, as they wrote it down themselves. A process that was
 * stopped with its spawner past its lease can be ended by nobody before it wakes; it does nothing meanwhile.
 */
export function judgeOverlaps({ lines, frozen = [] }: Pick<Evidence, "lines" | "frozen">): Violation[] {
  return lines
    .filter(({ what }) => what === "overlap")
    .filter((overlap) => !isExcused(overlap, lines, frozen))
    .map((overlap) => {
      const shown = [overlap, ...holdersOf(overlap, lines)].map(showLine);
      return violation("overlap", `${overlap.trial} (${overlap.n}) ran beside another that excludes it`, shown);
    });
}

function isExcused(overlap: JournalLine, lines: readonly JournalLine[], frozen: readonly Frozen[]): boolean {
  const isHeldBy = (line: JournalLine): boolean =>
    frozen.some(({ pid, fromMs, untilMs }) => pid === line.pid && fromMs <= overlap.atMs && overlap.atMs <= untilMs);
  // Beside another trial of the same task there is no excuse: nothing unsafe is tried again after a loss.
  return holdersOf(overlap, lines).some((line) => line.n !== overlap.n && isHeldBy(line));
}

/** The trials under the same name that had begun before and not come to their end: any of them may be the one. */
function holdersOf(overlap: JournalLine, lines: readonly JournalLine[]): JournalLine[] {
  const isSameName = (line: JournalLine): boolean => line.hold === overlap.hold;
  const open = new Map<string, JournalLine>();
  for (const line of lines) {
    if (line.atMs > overlap.atMs || !isSameName(line) || line.trial === overlap.trial) continue;
    if (line.what === "begin") open.set(line.trial, line);
    if (line.what === "end" || line.what === "stop") open.delete(line.trial);
  }
  return [...open.values()];
}
