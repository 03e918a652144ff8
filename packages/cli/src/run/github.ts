import { randomBytes } from "node:crypto";
import { appendFile } from "node:fs/promises";
import type { TasksetHandle } from "@capstan/client";
import type { Context } from "../context.js";
import { annotationLines } from "../render/annotation.js";
import type { Failure } from "./failure.js";

/** Lines in a log beside those of a failure. */
export type Annotate = (failure: Failure, lines: readonly string[]) => readonly string[];

/**
 * On GitHub Actions, annotations after the lines of each failure; undefined elsewhere. What the failed task wrote gives
 * the runner no commands: it is told not to listen meanwhile.
 */
export function annotationsFor({ io }: Context, root: string | undefined): Annotate | undefined {
  if (io.env["GITHUB_ACTIONS"] !== "true") return undefined;
  const place = { root, checkout: io.env["GITHUB_WORKSPACE"] || io.cwd };
  return (failure, lines) => {
    const token = randomBytes(16).toString("hex");
    return [`::stop-commands::${token}`, ...lines, `::${token}::`, ...annotationLines(failure, place)];
  };
}

/** Adds the result to the page of the workflow's run, where there is one. */
export async function writeStepSummary({ io, output }: Context, handle: TasksetHandle): Promise<void> {
  const path = io.env["GITHUB_STEP_SUMMARY"];
  if (path === undefined || path === "") return;
  const { stepSummary } = await import("../render/step-summary.js");
  const text = `${stepSummary(await handle.report())}\n`;
  // The result of the suite is not changed by a page that cannot be written.
  await appendFile(path, text).catch((error: Error) =>
    output.note(`the step summary cannot be written: ${error.message}`),
  );
}
