/** The kinds of executors. A new kind is one file and one line here. */
import { commandKind } from "./command/command-executor.js";
import type { ExecutorKind, ExecutorKindName } from "./executor.js";
import { inlineKind } from "./inline/inline-executor.js";
import { nodeKind } from "./node/node-executor.js";

export const executorKinds: Readonly<Record<ExecutorKindName, ExecutorKind>> = {
  node: nodeKind,
  inline: inlineKind,
  command: commandKind,
};

/** The kind of that name, or undefined; the name may come from outside. */
export function findExecutorKind(kind: string): ExecutorKind | undefined {
  return Object.hasOwn(executorKinds, kind) ? executorKinds[kind as ExecutorKindName] : undefined;
}
