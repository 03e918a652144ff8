import { pino, type Logger as PinoLogger } from "pino";

/** Where the engine's edge logs to: a static message and fields. A pino logger fits; so does a test's own. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Makes the logger of a process: JSON lines to stderr, errors with their code and cause. Level `info` by default. */
export function makeLogger(level: LogLevel = "info"): PinoLogger {
  return pino({ name: "capstan", level, errorKey: "error" }, pino.destination({ dest: 2, sync: false }));
}
