import type { ExampleCounts } from "@capstan/protocol";
import type { Style } from "../io/style.js";

/** The examples of test files in words: `12 passed, 1 failed, 3 skipped`. */
export function examplesText({ passed, failed, skipped }: ExampleCounts, style?: Style): string {
  const parts = [`${passed} passed`];
  if (failed > 0) parts.push(style === undefined ? `${failed} failed` : style.red(`${failed} failed`));
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return parts.join(", ");
}
