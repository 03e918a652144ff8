import { parentPort, workerData } from "node:worker_threads";
import { systemRandom } from "@capstan/protocol/plain";
import type { BackendOptions } from "../sqlite/backend.js";
import { StoreWriter } from "../sqlite/store-writer.js";
import { answerCalls } from "./answer-calls.js";

/*
 * The thread that writes: it owns the folder's lock and the writing connection. Its macKey comes with the call to open,
 * from the random source of the engine.
 */
const { place, tuning } = workerData as BackendOptions;
let writer: StoreWriter | undefined;

function open([nowMs, key]: readonly unknown[]): unknown {
  const random = { ...systemRandom, bytes: () => key as Uint8Array };
  const opened = StoreWriter.open(place, { nowMs: nowMs as number, random, ...(tuning && { tuning }) });
  writer = opened.writer;
  return opened.opening;
}

answerCalls(parentPort!, (name, args) => {
  if (name === "open") return open(args);
  const method = writer?.[name as "commit" | "changeMuted" | "prune" | "findUnused" | "close"] as
    ((...values: readonly unknown[]) => unknown) | undefined;
  return method?.apply(writer, [...args]);
});
