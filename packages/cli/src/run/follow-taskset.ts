import { resolve } from "node:path";
import type { Capstan, TasksetHandle } from "@capstan/client";
import { CapstanError, type TasksetView } from "@capstan/protocol";
import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { counted } from "../render/text.js";
import type { MutedPlan } from "../suite/muted-plan.js";
import { annotationsFor, writeStepSummary } from "./github.js";
import { watchSignals } from "./interruption.js";
import { showProgress } from "./show-progress.js";
import type { ReachedEngine } from "./reach-engine.js";
import { sayMuted } from "./say-muted.js";

export interface Following {
  readonly launch: () => Promise<TasksetHandle>;
  readonly name: string | undefined;
  /** Cancels the active taskset of that name first; default false. */
  readonly replace?: boolean | undefined;
  /** Whether `launch` may be called again; default true. */
  readonly canRepeat?: boolean;
  /** What its tasks are called; default "task". */
  readonly unit?: string;
  /** How many of those there are, where one may be several tasks. */
  readonly unitCount?: number;
  /** Of a test suite: the tree that its files are in. */
  readonly root?: string;
  /** What of it is muted; default nothing. */
  readonly muted?: MutedPlan;
  /** Files for the reports; none when left out. */
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  readonly html?: string | undefined;
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
    output.note(`${handle === undefined ? "stopping" : "cancelling the taskset"}; once more leaves at once`);
    isCancelled = handle?.cancel().catch(() => {});
  };
  const interruption = watchSignals(context, cancel);
  try {
    handle = await launchFor(context, client, { ...following, signal: interruption.signal });
    if (handle === undefined) return void (context.exitCode = exitCodes.interrupted);
    if (interruption.isInterrupted) await handle.cancel();
    sayLaunched(context, handle, following);
    const remark = (): string | undefined => (interruption.isInterrupted ? "cancelling" : undefined);
    const annotate = annotationsFor(context, following.root);
    const end = await showProgress(context, client, {
      handle,
      hasFailures: following.conclude === undefined,
      hasWorkers: true,
      remark,
      annotate,
    });
    await isCancelled;
    await sayMuted(context, { client, taskset: handle.id, annotate }, following.muted);
    await writeReports(context, { client, handle }, following);
    await writeStepSummary(context, handle);
    await following.conclude?.(handle);
    await sayUnready(context, handle, end);
    const isLocal = local !== undefined;
    await finish(context, end, { isInterrupted: interruption.isInterrupted, isLocal });
  } finally {
    interruption.stop();
  }
}

/** Launches it; undefined when a signal came before. */
async function launchFor(
  context: Context,
  client: Capstan,
  following: Following & { readonly signal: AbortSignal },
): Promise<TasksetHandle | undefined> {
  const { launch, name, replace, canRepeat = true, signal } = following;
  if (replace !== true) return launch();
  if (name === undefined)
    throw new CapstanError("invalid-config", "--replace is about a name: give the taskset one by --name");
  const { launchReplacing } = await import("./replace-active.js");
  return launchReplacing(context, client, { name, launch, canRepeat, signal });
}

function sayLaunched({ output }: Context, handle: TasksetHandle, following: Following): void {
  const { name, unit = "task", unitCount } = following;
  const muted = following.muted?.count ?? 0;
  const { id: taskset, taskCount: tasks = 0 } = handle;
  if (output.isJson) return output.json({ type: "launched", taskset, tasks, ...(muted > 0 && { muted }) });
  if (!output.isTerminal) {
    const among = unitCount === undefined || unitCount === tasks ? "" : ` in ${counted(tasks, "task")}`;
    const mutedText = muted > 0 ? `, ${muted} muted` : "";
    output.line(`${name ?? taskset}: ${counted(unitCount ?? tasks, unit)} launched${among}${mutedText}`);
  } else if (muted > 0)
    output.note(output.errorStyle.dim(`${muted} muted: \`capstan muted\` lists what the engine keeps`));
}

async function writeReports(
  { io }: Context,
  { client, handle }: { readonly client: Capstan; readonly handle: TasksetHandle },
  { report, junit, html }: Following,
): Promise<void> {
  if (report === undefined && junit === undefined && html === undefined) return;
  const [{ writeText }, { readHtml }] = await Promise.all([import("../io/write.js"), import("../report/read-html.js")]);
  if (report !== undefined) {
    const text = `${JSON.stringify(await handle.report(), undefined, 2)}\n`;
    await writeText(resolve(io.cwd, report), text, "the report");
  }
  if (junit !== undefined) await writeText(resolve(io.cwd, junit), await handle.junit(), "the report");
  if (html !== undefined) await writeText(resolve(io.cwd, html), await readHtml(client, handle.id), "the report");
}

/** A taskset may fail before its tasks run: because no worker got ready for it. */
async function sayUnready({ output }: Context, handle: TasksetHandle, end: TasksetView): Promise<void> {
  if (end.workspace === undefined || end.status === "succeeded") return;
  const { unreadyLines } = await import("../render/phase.js");
  const phases = await handle.phases();
  if (output.isJson) output.json({ type: "phases", phases });
  else output.lines(unreadyLines(phases, output));
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
