import { isDeeper, limits, type GrantMessage, type ResultMessage, type StoppedMessage } from "@capstan/protocol";
import type { TrialEnd, Fault } from "../executor/executor.js";

/** How a trial ended, as the engine is told until it answers. The output is JSON text already, made once. */
export interface Report {
  readonly message: ResultMessage | StoppedMessage;
  readonly outputJson: string | undefined;
  /** An output too large to travel inside a frame, to be uploaded before the report leaves. */
  readonly upload?: { readonly text: string; readonly bytes: number };
}

type Message = ResultMessage | StoppedMessage;

/** The report of a trial whose executor said how it ended. Nothing that code may have made up can break the protocol. */
export function makeReport(grant: GrantMessage, end: TrialEnd, reason?: string): Report {
  const common = {
    trial: grant.trial,
    token: grant.token,
    timings: timingsOf(end),
    hasBegun: end.began,
    wasAlone: end.alone,
    ...usageOf(end),
  };
  if (end.status === "cancelled") {
    const said = reason === undefined ? {} : { reason: reason.slice(0, 200) };
    return { message: { type: "stopped", ...common, ...said }, outputJson: undefined };
  }
  const message: ResultMessage = { type: "result", ...common, status: end.status, ...countsOf(end), ...faultOf(end) };
  return withOutput(message, end.output);
}

/** The report of a trial that was granted and never began. */
export function makeUnbegunReport(grant: GrantMessage, reason: string): Report {
  const { trial, token } = grant;
  const message: StoppedMessage = {
    type: "stopped",
    trial,
    token,
    timings: { durationMs: 0 },
    hasBegun: false,
    reason: reason.slice(0, 200),
  };
  return { message, outputJson: undefined };
}

/** The report as JSON text; `endedAgoMs` is told when it goes out late. */
export function encodeReport({ message, outputJson }: Report, endedAgoMs?: number): string {
  const told =
    endedAgoMs === undefined
      ? message
      : { ...message, timings: { ...message.timings, endedAgoMs: atLeast0(endedAgoMs) } };
  const text = JSON.stringify(told);
  return outputJson === undefined ? text : `${text.slice(0, -1)},"output":${outputJson}}`;
}

/** The report once its output is stored as a blob. */
export function withBlob(report: Report, digest: string): Report {
  if (report.message.type !== "result" || report.upload === undefined) return report;
  const outputBlob = { digest, bytes: report.upload.bytes };
  return { message: { ...report.message, outputBlob }, outputJson: undefined };
}

/** The report of a trial that did its work, but whose output cannot be handed on. */
export function withoutOutput(report: Report, error: { message: string; isRetryable?: boolean }): Report {
  if (report.message.type !== "result") return report;
  return { message: { ...report.message, status: "failed", error }, outputJson: undefined };
}

function withOutput(message: ResultMessage, output: unknown): Report {
  if (output === undefined) return { message, outputJson: undefined };
  let text: string | undefined;
  try {
    text = JSON.stringify(output);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return withoutOutput(
      { message, outputJson: undefined },
      { message: `the output is no JSON: ${why}; return plain objects, arrays, texts and numbers`, isRetryable: false },
    );
  }
  if (text === undefined) return { message, outputJson: undefined };
  return fitOutput(message, text);
}

function fitOutput(message: ResultMessage, text: string): Report {
  if (isDeeper(text, limits.jsonDepthMax)) {
    return withoutOutput(
      { message, outputJson: undefined },
      { message: `the output is nested more than ${limits.jsonDepthMax} deep; flatten it`, isRetryable: false },
    );
  }
  if (text.length * 3 <= limits.inlineBytesMax) return { message, outputJson: text };
  const bytes = Buffer.byteLength(text);
  if (bytes <= limits.inlineBytesMax) return { message, outputJson: text };
  if (bytes <= limits.resultBytesMax) return { message, outputJson: undefined, upload: { text, bytes } };
  return withoutOutput(
    { message, outputJson: undefined },
    {
      message: `the output has ${bytes} bytes, more than ${limits.resultBytesMax}; store it elsewhere and return its address`,
      isRetryable: false,
    },
  );
}

function timingsOf({ timings }: TrialEnd): Message["timings"] {
  const durationMs = atLeast0(timings.durationMs);
  return timings.loadMs === undefined ? { durationMs } : { durationMs, loadMs: atLeast0(timings.loadMs) };
}

function usageOf({ usage }: TrialEnd): { usage?: NonNullable<Message["usage"]> } {
  if (usage === undefined) return {};
  const told: NonNullable<Message["usage"]> = {};
  if (usage.cpuMs !== undefined) told.cpuMs = atLeast0(usage.cpuMs);
  if (usage.memoryBytesPeak !== undefined) told.memoryBytesPeak = Math.round(atLeast0(usage.memoryBytesPeak));
  return { usage: told };
}

function countsOf({ counts }: TrialEnd): { counts?: Record<string, number> } {
  if (counts === undefined) return {};
  const fit = Object.entries(counts).filter(([name, count]) => name.length <= 50 && Number.isFinite(count));
  return { counts: Object.fromEntries(fit.slice(0, 20)) };
}

function faultOf({ error }: TrialEnd): { error?: NonNullable<ResultMessage["error"]> } {
  return error === undefined ? {} : { error: cutFault(error) };
}

function cutFault(error: Fault): NonNullable<ResultMessage["error"]> {
  const fault: NonNullable<ResultMessage["error"]> = { message: error.message.slice(0, 16_384) };
  if (error.name !== undefined) fault.name = error.name.slice(0, 200);
  if (error.stack !== undefined) fault.stack = error.stack.slice(0, 65_536);
  if (error.code !== undefined) fault.code = error.code.slice(0, 100);
  if (error.isRetryable !== undefined) fault.isRetryable = error.isRetryable;
  if (Number.isSafeInteger(error.exitCode)) fault.exitCode = error.exitCode!;
  if (error.signal !== undefined) fault.signal = error.signal.slice(0, 20);
  return fault;
}

function atLeast0(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}
