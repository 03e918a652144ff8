import { resolve } from "node:path";
import type { TasksetHandle } from "@capstan/client";
import type { TasksetView } from "@capstan/protocol";
import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { counted } from "../render/text.js";
import { watchSignals } from "./interruption.js";
import { showProgress } from "./show-progress.js";
import type { ReachedEngine } from "./reach-engine.js";

export interface Following {
  readonly launch: () => Promise<TasksetHandle>;
  readonly name: string | undefined;
  /** What its tasks are called; default "task". */
  readonly unit?: string;
  /** Files for the reports; none when left out. */
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  /** Says more of its end, in place of the failures one by one. */
  readonly conclude?: (handle: TasksetHandle) => Promise<void>;
}

/**
 * Launches a taskset, shows it until its end, and writes its reports. The first signal cancels it, the second leaves. The
 * exit code is that of its result.
 */
export async function followTaskset(
  context: Context,
  { client, local }: ReachedEngine,
  following: Following,
): Promise<void> {
  const { output } = context;
  let handle: TasksetHandle | undefined;
  let isCancelled: Promise<unknown> | undefined;
  const cancel = (): void => {
    output.note("cancelling the taskset; once more leaves at once");
    isCancelled = handle?.cancel().catch(() => {});
  };
  const interruption = watchSignals(context, cancel);
  try {
    handle = await following.launch();
    if (interruption.isInterrupted) await handle.cancel();
    sayLaunched(context, handle, following);
    const remark = (): string | undefined => (interruption.isInterrupted ? "cancelling" : undefined);
    const end = await showProgress(context, client, { handle, hasFailures: following.conclude === undefined, remark });
    await isCancelled;
    await writeReports(context, handle, following);
    await following.conclude?.(handle);
    const isLocal = local !== undefined;
    await finish(context, end, { isInterrupted: interruption.isInterrupted, isLocal });
  } finally {
    interruption.stop();
  }
}

function sayLaunched({ output }: Context, handle: TasksetHandle, { name, unit = "task" }: Following): void {
  if (output.isJson) output.json({ type: "launched", taskset: handle.id, tasks: handle.taskCount });
  else if (!output.isTerminal) output.line(`${name ?? handle.id}: ${counted(handle.taskCount ?? 0, unit)} launched`);
}

async function writeReports({ io }: Context, handle: TasksetHandle, { report, junit }: Following): Promise<void> {
  if (report === undefined && junit === undefined) return;
  const { writeText } = await import("../io/write.js");
  if (report !== undefined) {
    const text = `${JSON.stringify(await handle.report(), undefined, 2)}\n`;
    await writeText(resolve(io.cwd, report), text, "the report");
  }
  if (junit !== undefined) await writeText(resolve(io.cwd, junit), await handle.junit(), "the report");
}

async function finish(
  context: Context,
  end: TasksetView,
  { isInterrupted, isLocal }: { isInterrupted: boolean; isLocal: boolean },
): Promise<void> {
  const { output } = context;
  const code = end.status === "succeeded" ? exitCodes.good : exitCodes.failed;
  context.exitCode = isInterrupted && end.status !== "succeeded" ? exitCodes.interrupted : code;
  if (output.isJson) return output.json({ type: "finished", taskset: end });
  const { tasksetVerdictLine } = await import("../render/taskset.js");
  output.line(tasksetVerdictLine(end, output));
  const isAgain = end.status === "failed" && !isLocal && output.isTerminal;
  if (isAgain) output.note(output.errorStyle.dim(`  again what did not succeed: capstan rerun ${end.id} --wait`));
}
