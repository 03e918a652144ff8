import type { EngineMessage, WorkerMessage } from "@capstan/protocol";

/** What a recorded session consists of, in the order in which it happened. */
export type Entry =
  /** Somebody did something to the engine, over HTTP. */
  | { readonly act: Act }
  /** A frame on the connection of that number; the first frame of a connection opens it. */
  | { readonly connection: number; readonly worker: readonly WorkerMessage[] }
  | { readonly connection: number; readonly engine: readonly EngineMessage[] }
  /** The worker closed the connection. */
  | { readonly connection: number; readonly isClosed: true };

/** An action is named by what it does; what it needs (the task, the worker) is the last one of its kind. */
export type Act =
  | { readonly do: "deploy"; readonly runtime: "inline" | "command" }
  | { readonly do: "launch"; readonly definition: string; readonly input?: unknown }
  /** A taskset of one task, with an empty tree. */
  | { readonly do: "launchWorkspace"; readonly definition: string }
  | { readonly do: "cancel" | "drain" | "undrain" };

/** Frames of one version of the protocol. */
export interface Recording {
  readonly protocol: number;
  readonly entries: readonly Entry[];
}
