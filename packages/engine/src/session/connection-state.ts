import type { WorkerMessageType } from "@capstan/protocol";

/** Where an engine is with one connection. `joining`: the welcome waits for its commit. */
export const connectionStates = ["new", "joining", "joined", "closed"] as const;
export type ConnectionState = (typeof connectionStates)[number];

const inSession = [
  "acquire",
  "preparing",
  "prepared",
  "dropped",
  "workspaceReady",
  "phaseEnded",
  "getDeployInfo",
  "accept",
  "decline",
  "log",
  "progress",
  "result",
  "stopped",
  "heartbeat",
  "leave",
] as const satisfies readonly WorkerMessageType[];
const early: ReadonlySet<WorkerMessageType> = new Set(inSession);

/** The messages that a worker may send in each state. What comes in `joining` is kept until the welcome has gone. */
export const expectedWorkerMessages: Readonly<Record<ConnectionState, ReadonlySet<WorkerMessageType>>> = {
  new: new Set<WorkerMessageType>(["hello", "workerDied"]),
  joining: early,
  joined: early,
  closed: new Set(),
};
