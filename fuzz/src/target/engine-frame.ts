import { decodeEngineFrame, EngineMessage } from "@capstan/protocol";
import { frameTarget } from "./frame.js";

export const engineFrame = frameTarget("engine-frame", { schema: EngineMessage, decodeFrame: decodeEngineFrame });
