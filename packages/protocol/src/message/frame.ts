import { Compile, type Type } from "../schema/typebox.js";
import { CapstanError } from "../error/capstan-error.js";
import { excerpt } from "../error/excerpt.js";
import { limits } from "../limit.js";
import { isDeeper } from "../schema/json-depth.js";
import * as engineMessages from "./engine-message.js";
import type { EngineMessage } from "./engine-message.js";
import * as workerMessages from "./worker-message.js";
import type { WorkerMessage } from "./worker-message.js";

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { instancePath: string; message: string }[];
}

/** Compiles one checker a message type, so that a message is checked against its own schema and not against all in turn. */
function compileByType(union: { anyOf: Type.TSchema[] }): ReadonlyMap<string, Checker> {
  const checkers = new Map<string, Checker>();
  for (const schema of union.anyOf) {
    const type = (schema as unknown as { properties: { type: { const: string } } }).properties.type.const;
    checkers.set(type, Compile(schema));
  }
  return checkers;
}

const workerCheckers = compileByType(workerMessages.WorkerMessage);
const engineCheckers = compileByType(engineMessages.EngineMessage);

/**
 * Decodes what a worker sent: a JSON array of messages.
 * @throws CapstanError `protocol-violation` naming the first thing that is wrong; nothing of the frame is to be applied then.
 */
export function decodeWorkerFrame(text: string): WorkerMessage[] {
  return decode(text, workerCheckers) as WorkerMessage[];
}

/** Decodes what an engine sent; see {@link decodeWorkerFrame}. */
export function decodeEngineFrame(text: string): EngineMessage[] {
  return decode(text, engineCheckers) as EngineMessage[];
}

function decode(text: string, checkers: ReadonlyMap<string, Checker>): unknown[] {
  if (text.length > limits.frameBytesMax) {
    throw new CapstanError(
      "protocol-violation",
      `a frame of ${text.length} characters is larger than ${limits.frameBytesMax}`,
    );
  }
  if (isDeeper(text, limits.frameDepthMax)) {
    throw new CapstanError("protocol-violation", `a frame is nested more than ${limits.frameDepthMax} deep`);
  }
  const frame = parse(text);
  if (!Array.isArray(frame) || frame.length > limits.frameMessagesMax) {
    throw new CapstanError(
      "protocol-violation",
      `a frame is a JSON array of at most ${limits.frameMessagesMax} messages`,
    );
  }
  for (const message of frame) check(message, checkers);
  return frame;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CapstanError("protocol-violation", "a frame is not JSON", { cause });
  }
}

function check(message: unknown, checkers: ReadonlyMap<string, Checker>): void {
  const type = typeof message === "object" && message !== null ? (message as { type?: unknown }).type : undefined;
  const checker = typeof type === "string" ? checkers.get(type) : undefined;
  if (checker === undefined) {
    throw new CapstanError(
      "protocol-violation",
      `a message has the unknown type ${JSON.stringify(type)?.slice(0, 60)}`,
    );
  }
  if (!checker.Check(message)) {
    const error = checker.Errors(message)[0];
    throw new CapstanError(
      "protocol-violation",
      `a ${type as string} message is wrong at "${excerpt(error?.instancePath ?? "")}": ${excerpt(error?.message ?? "unfit")}`,
    );
  }
}
