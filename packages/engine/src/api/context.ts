import type { Clock } from "@capstan/protocol";
import type { EngineMeasures, EngineOperations } from "../engine/operations.js";
import type { Logger } from "./logger.js";

/** What the handlers of all groups work with. */
export interface ApiContext {
  readonly operations: EngineOperations;
  readonly measures: () => EngineMeasures;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted with `shutting-down` when the API closes: waits, streams and sockets end then. */
  readonly closing: AbortSignal;
}
