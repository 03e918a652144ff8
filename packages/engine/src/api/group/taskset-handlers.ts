import { CapstanError, limits } from "@capstan/protocol";
import { jsonReport } from "../../report/json-report.js";
import { junitReport } from "../../report/junit-report.js";
import type { Call, Handlers } from "../call.js";
import type { ApiContext } from "../context.js";
import { launchStream } from "../launch-stream.js";
import { bodyOf } from "../request-body.js";
import { sendText } from "../send-text.js";
import { waitFor } from "../wait.js";

/** Tasksets: launch as JSON or as a stream, read, wait, pause, resume, cancel, rerun, report; what was flaky, and what is muted. */
export function tasksetHandlers(context: ApiContext) {
  const { operations } = context;
  return {
    launchTaskset: ({ namespace, body, request }) =>
      request.body === request.raw
        ? launchStream(bodyOf(request.raw), (header) => operations.openTaskset(namespace, header))
        : operations.launchTaskset(namespace, body),
    listTasksets: ({ namespace, query }) => operations.listTasksets(namespace, query),
    getTaskset: ({ namespace, parameters }) => operations.getTaskset(namespace, parameters.taskset),
    waitTaskset: ({ namespace, parameters, query, signal }) =>
      waitFor(signal, query.waitMs, (options) => operations.waitTaskset(namespace, parameters.taskset, options)),
    pauseTaskset: ({ namespace, parameters, body }) => operations.pauseTaskset(namespace, parameters.taskset, body),
    resumeTaskset: ({ namespace, parameters }) => operations.resumeTaskset(namespace, parameters.taskset),
    cancelTaskset: ({ namespace, parameters }) => operations.cancelTaskset(namespace, parameters.taskset),
    rerunTaskset: ({ namespace, parameters, body }) => operations.rerunTaskset(namespace, parameters.taskset, body),
    listPhases: async ({ namespace, parameters }) => ({
      items: await operations.listPhases(namespace, parameters.taskset),
    }),
    listFlaky: ({ namespace, query }) => operations.listFlaky(namespace, query),
    listMuted: ({ namespace, query }) => operations.listMuted(namespace, query),
    mute: ({ namespace, body }) => operations.mute(namespace, body),
    unmute: ({ namespace, body }) => operations.unmute(namespace, body),
    listEstimates: ({ namespace, query }) => operations.listEstimates(namespace, query),
    reportTaskset: (call) => sendReport(context, call),
  } satisfies Partial<Handlers>;
}

async function sendReport({ operations }: ApiContext, call: Call<"reportTaskset">) {
  const { namespace, parameters, query, reply } = call;
  const report = await operations.reportTaskset(namespace, parameters.taskset);
  if (query.format !== "junit") {
    return sendText(reply, { type: "application/json; charset=utf-8", parts: jsonReport(report) });
  }
  const parts = junitReport(report, {
    trials: (task) => operations.listTrials(namespace, task).catch(forgotten([])),
    content: async ({ digest, bytes }) =>
      bytes > contentBytesMax
        ? undefined
        : operations.openBlob(namespace, digest).then(readJson).catch(forgotten(undefined)),
    output: (trial, stream) =>
      operations
        .readLog(namespace, { trial, stream, offset: 0, bytesMax: 64 * 1024 })
        .then(({ text }) => text)
        .catch(forgotten("")),
  });
  return sendText(reply, { type: "application/xml; charset=utf-8", parts });
}

/** What a trial gave is read whole for a report, up to the limit of a result. */
const contentBytesMax = limits.resultBytesMax;

async function readJson(parts: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const part of parts) chunks.push(part);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    // Whatever a worker uploaded as an output, the report of its taskset can be read.
    return undefined;
  }
}

/** Trials and logs are forgotten sooner than their tasks: a report goes without them then. */
function forgotten<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof CapstanError && (error.code === "not-found" || error.code === "unknown-trial")) return instead;
    throw error;
  };
}
