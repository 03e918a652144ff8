import { settingsOf, type Context } from "../context.js";
import { engineLogger, type Log } from "./log.js";
import type { ReadEngineOptions } from "./engine-options.js";

/** An engine that listens. */
export interface ListeningEngine {
  readonly url: string;
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>;
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Starts an engine with the token of the global options. The engine's code is loaded only now. */
export async function startEngine(
  context: Context,
  { folder, store, host, port, retention, allowOrigins }: ReadEngineOptions,
  log: Log,
): Promise<ListeningEngine> {
  const [engineModule, { token }] = await Promise.all([import("@capstan/engine"), settingsOf(context)]);
  const logger = engineLogger(log);
  const optional = { ...(token === undefined ? {} : { token }), ...(store === undefined ? {} : { store }) };
  const options = { folder, host, port, retention, allowOrigins, logger, ...optional };
  const engine = await engineModule.startEngine(options);
  return { url: engine.url ?? "", closed: engine.closed, close: (close) => engine.close(close) };
}
