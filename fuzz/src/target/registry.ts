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
} satisfies Readonly<Record<string, () => Promise<Target>>>;

export type TargetName = keyof typeof loaders;

export const targetNames = Object.keys(loaders) as TargetName[];

/** @throws CapstanError `invalid-config` when there is no target of that name. */
export async function findTarget(name: string): Promise<Target> {
  if (Object.hasOwn(loaders, name)) return loaders[name as TargetName]();
  throw new CapstanError("invalid-config", `there is no target "${name}": --list lists them`);
}
