import type { Command } from "commander";
import { collect } from "../command/verb.js";

/** What is typed of the options that `engine` and `up` have in common. */
export interface EngineFlags {
  readonly data: string;
  readonly store?: string;
  readonly host: string;
  readonly port: string;
  readonly taskRetention: string;
  readonly logRetention: string;
  readonly blobRetention: string;
  readonly estimateRetention: string;
  readonly allowOrigin?: readonly string[];
  readonly grace: string;
}

export function addEngineFlags(command: Command): Command {
  return command
    .option("--data <folder>", "where tasks and files are kept", ".capstan")
    .option("--store <address>", "keep tasks in PostgreSQL: postgres://… (default: CAPSTAN_STORE, or the data folder)")
    .option("--host <address>", "address to listen on; any but loopback needs a token", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 for any that is free", "7717")
    .option("--task-retention <duration>", "keep finished tasks so long", "7d")
    .option("--log-retention <duration>", "keep what they wrote so long", "3d")
    .option("--blob-retention <duration>", "keep files that nothing refers to so long", "1d")
    .option("--estimate-retention <duration>", "keep what was learnt of durations so long", "90d")
    .option("--allow-origin <origin>", "let pages of this origin call from a browser; may be repeated", collect);
}
