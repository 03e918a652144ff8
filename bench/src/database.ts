import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { PostgresServer } from "@capstan/testkit";
import { cpuSecondsOf } from "./role.js";

/** A PostgreSQL server of a measurement. */
export class Database {
  readonly #server: PostgresServer;

  private constructor(server: PostgresServer) {
    this.#server = server;
  }

  static async start(): Promise<Database> {
    return new Database(await PostgresServer.start());
  }

  /** The address of a store that nobody has used. */
  freshUrl(): string {
    return `${this.#server.url}?schema=bench_${randomBytes(4).toString("hex")}`;
  }

  get url(): string {
    return this.#server.url;
  }

  /** CPU seconds so far of the server and all of its processes, those that have ended included. */
  cpuSeconds(): number {
    const { pid } = this.#server;
    const children = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && parentOf(name) === pid);
    return [String(pid), ...children].reduce((sum, each) => sum + cpuSecondsOf(Number(each), each === String(pid)), 0);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
