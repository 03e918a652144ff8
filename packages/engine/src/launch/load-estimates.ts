import { hasEstimates, takeEstimates } from "@capstan/core";
import type { Store } from "@capstan/store";
import type { EngineLoop } from "../loop/engine-loop.js";

/** Brings what was learnt of a class to memory, for a taskset that is about to be launched, rerun or loaded. */
export async function loadEstimates(
  { loop, store }: { readonly loop: EngineLoop; readonly store: Store },
  namespace: string,
  estimateClass: string | null,
): Promise<void> {
  if (estimateClass === null) return;
  const key = `${namespace}|${estimateClass}`;
  if (hasEstimates(loop.state, key, loop.now())) return;
  const rows = await store.loadEstimates(namespace, estimateClass);
  loop.act((state, now) => takeEstimates(state, key, rows, now));
}
