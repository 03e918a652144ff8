import type { GrindReport } from "../grind/grind-report.js";
import type { Output } from "../io/output.js";
import { oneLine } from "./control.js";
import { duration } from "./quantity.js";

const failuresMax = 20;

/** What many runs of a file say, for people; `hasLogs` when what a trial wrote can be asked for afterwards. */
export function grindLines(
  report: GrindReport,
  { style, hasLogs }: Pick<Output, "style"> & { readonly hasLogs: boolean },
): string[] {
  const { file, passed, failed, skipped, durations, workers, failures } = report;
  const count = failed === 0 ? style.green("0") : style.red(String(failed));
  const between = `95% sure: from ${percent(report.failedShareLow)} to ${percent(report.failedShareHigh)}`;
  const lines = [
    `${oneLine(file)}: ${count} of ${passed + failed} failed, ${percent(report.failedShare)} (${between})`,
  ];
  if (skipped > 0) lines.push(`  ${skipped} skipped`);
  if (durations !== undefined) {
    const { minMs, p50Ms, p95Ms, maxMs } = durations;
    lines.push(
      `  passes took ${duration(minMs)} to ${duration(maxMs)}, p50 ${duration(p50Ms)}, p95 ${duration(p95Ms)}`,
    );
  }
  if (failed > 0) {
    const list = workers.map((each) => `${oneLine(each.worker)} ${each.failed} of ${each.runs}`);
    lines.push(`  failed by worker: ${list.join(", ")}`);
  }
  for (const { count: times, name, message, trial } of failures.slice(0, failuresMax)) {
    const logs = hasLogs ? style.dim(` (capstan logs ${trial})`) : "";
    lines.push(`  ${style.red(`${times} ×`)} ${oneLine(name)}: ${oneLine(message)}${logs}`);
  }
  const hidden = failures.length - failuresMax;
  return hidden > 0 ? [...lines, style.dim(`  … and ${hidden} other failures`)] : lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
