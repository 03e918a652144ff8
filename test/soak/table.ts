import type { Finding } from "./judge/check.js";

const heads = ["", "seen", "allowed", ""] as const;

/** The findings as a table for people; what is not flat comes last, where it is seen. */
export function findingTable(findings: readonly Finding[]): string {
  const order = ["flat", "unclear", "growing"];
  const sorted = findings.toSorted((left, right) => order.indexOf(left.answer) - order.indexOf(right.answer));
  const rows = [heads, ...sorted.map(({ name, seen, allowed, answer }) => [name, seen, allowed, answer] as const)];
  const widths = heads.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
