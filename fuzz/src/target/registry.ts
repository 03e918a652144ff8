import { CapstanError } from "@capstan/protocol";
import type { Target } from "./target.js";

/** Each is loaded when it is asked for: a process that feeds one decoder holds no other. */
const loaders = {
  "worker-frame": async () => (await import("./worker-frame.js")).workerFrame,
  "engine-frame": async () => (await import("./engine-frame.js")).engineFrame,
  "http-body": async () => (await import("./http-body.js")).httpBody,
  "http-query": async () => (await import("./http-query.js")).httpQuery,
  "http-path": async () => (await import("./http-path.js")).httpPath,
  "json-text": async () => (await import("./json-text.js")).jsonText,
  id: async () => (await import("./id.js")).id,
  "lease-token": async () => (await import("./lease-token.js")).leaseToken,
  problem: async () => (await import("./problem.js")).problemAnswer,
  "line-decoder": async () => (await import("./line-decoder.js")).lineDecoder,
  "launch-stream": async () => (await import("./launch-stream.js")).launchStreamTarget,
  guard: async () => (await import("./guard.js")).guard,
  manifest: async () => (await import("./manifest.js")).manifest,
  "json-schema": async () => (await import("./json-schema.js")).jsonSchema,
  "executor-lines": async () => (await import("./executor-lines.js")).executorLines,
  "command-input": async () => (await import("./command-input.js")).commandInput,
  "utf8-text": async () => (await import("./utf8-text.js")).utf8Text,
  "output-buffer": async () => (await import("./output-buffer.js")).outputBuffer,
  sse: async () => (await import("./sse.js")).sse,
  "run-file": async () => (await import("./run-file.js")).runFile,
  duration: async () => (await import("./duration.js")).duration,
  "client-setting": async () => (await import("./client-setting.js")).clientSetting,
  "worker-setting": async () => (await import("./worker-setting.js")).workerSetting,
  "terminal-text": async () => (await import("./terminal-text.js")).terminalText,
  cursor: async () => (await import("./cursor.js")).cursor,
  "client-answer": async () => (await import("./client-answer.js")).clientAnswer,
  "engine-session": async () => (await import("./engine-session.js")).engineSession,
  "http-api": async () => (await import("./http-api.js")).httpApi,
  "worker-session": async () => (await import("./worker-session.js")).workerSession,
  bundle: async () => (await import("./bundle.js")).bundle,
  "worker-http": async () => (await import("./worker-http.js")).workerHttp,
  "typed-line": async () => (await import("./typed-line.js")).typedLine,
  tap: async () => (await import("./tap.js")).tap,
  "junit-xml": async () => (await import("./junit-xml.js")).junitXml,
} satisfies Readonly<Record<string, () => Promise<Target>>>;

export type TargetName = keyof typeof loaders;

export const targetNames = Object.keys(loaders) as TargetName[];

/** @throws CapstanError `invalid-config` when there is no target of that name. */
export async function findTarget(name: string): Promise<Target> {
  if (Object.hasOwn(loaders, name)) return loaders[name as TargetName]();
  throw new CapstanError("invalid-config", `there is no target "${name}": --list lists them`);
}
