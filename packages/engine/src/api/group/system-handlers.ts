import { CapstanError } from "@capstan/protocol";
import { EngineMetrics } from "../../metric/engine-metrics.js";
import { sent, type Handlers } from "../call.js";
import type { ApiContext } from "../context.js";

/** The engine itself: status, health, readiness, metrics. */
export function systemHandlers({ operations, measures, closing }: ApiContext) {
  let metrics: EngineMetrics | undefined;
  return {
    engineStatus: ({ namespace }) => operations.status(namespace),
    health: () => ({ status: "ok" }),
    ready: () => {
      if (closing.aborted || !operations.isReady) {
        throw new CapstanError("shutting-down", "the engine takes no work now: it starts or shuts down");
      }
      if (operations.storeFailure !== undefined) throw operations.storeFailure;
      return { status: "ready" };
    },
    metrics: async ({ reply }) => {
      metrics ??= new EngineMetrics(measures);
      const text = await metrics.expose();
      reply.status(200).header("content-type", metrics.contentType).send(text);
      return sent;
    },
  } satisfies Partial<Handlers>;
}
