import { fileResult, type FileOutcome } from "@capstan/adapter/decoder";
import { FileReport, makeCheck } from "@capstan/protocol";

const check = makeCheck(FileReport, "the report");

/** Whatever a command has written becomes a report that every engine takes. */
export function checkOutcome(outcome: FileOutcome): FileOutcome {
  check(fileResult(outcome, { durationMs: 1, muted: outcome.examples.map(({ name }) => name).slice(0, 2) }).output);
  return outcome;
}
