import { decodeWorkerFrame, WorkerMessage } from "@capstan/protocol";
import { frameTarget } from "./frame.js";

export const workerFrame = frameTarget("worker-frame", { schema: WorkerMessage, decodeFrame: decodeWorkerFrame });
