import { workerPath } from "@capstan/protocol";

/** Where a worker's WebSocket is, given the engine's HTTP address: `http:` becomes `ws:`, `https:` becomes `wss:`. */
export function workerUrl(engine: string, namespace: string): string {
  return engine.replace(/^http/, "ws") + workerPath(namespace);
}

/** The engine's HTTP address, also when it was given as a WebSocket's. */
export function httpUrl(engine: string): string {
  return engine.replace(/^ws/, "http");
}
