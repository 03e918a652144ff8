/** One spawner process as its worker sees it: started, spoken to, and cleaned up after. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "@capstan/protocol";
import type { Lease } from "../lease/lease.js";
import { onMachine } from "../lease/machine-clock.js";
import { ControlGroup } from "./control-group.js";
import { LineReader, LineWriter } from "./json-lines.js";
import type { FromSpawner, SpawnerSetup, ToSpawner } from "./message.js";
import { PipePool } from "./pipe-pool.js";
import { signalGroup, signalOne } from "./process-group.js";
import type { GroupLink, SpawnedGroup } from "./spawned-group.js";
import { findMarked } from "./stray.js";

const program = fileURLToPath(new URL("./main.js", import.meta.url));
const lineBytesMax = 256 * 1024 * 1024;
const keyLength = 32;
/** Longest path that a Unix socket may have on every supported system, with room for the file's name. */
const directoryLengthMax = 80;
/** A spawner that does not end when asked to is killed after this long. */
const closeMs = 10_000;

export interface LinkOptions {
  clock: Clock;
  temporaryDirectory?: string;
  cgroupDirectory?: string;
  died: (exit: { code: number | null; signal: NodeJS.Signals | null }) => void;
}

export class SpawnerLink implements GroupLink {
  readonly clock: Clock;
  readonly pipes: PipePool;
  readonly #directory: string;
  readonly #cgroupDirectory: string | undefined;
  readonly #mark = randomBytes(9).toString("base64url");
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #writer: LineWriter;
  readonly #groups = new Map<number, SpawnedGroup>();
  readonly #keys = new Map<string, SpawnedGroup>();
  #waiting: SpawnedGroup[] = [];
  #lastGroup = 0;
  #ready!: () => void;
  #failed!: (error: Error) => void;
  readonly #exited: Promise<void>;

  /** Starts a spawner and waits until it can start processes. */
  static async start(options: LinkOptions): Promise<SpawnerLink> {
    const link = new SpawnerLink(options);
    try {
      await new Promise<void>((resolve, reject) => {
        link.#ready = resolve;
        link.#failed = reject;
      });
    } catch (error) {
      await link.close();
      throw error;
    }
    return link;
  }

  private constructor(options: LinkOptions) {
    this.clock = options.clock;
    this.#cgroupDirectory = options.cgroupDirectory;
    this.#directory = privateDirectory(options.temporaryDirectory ?? tmpdir());
    this.pipes = new PipePool(this.#directory, (paths) => this.send({ do: "pipes", paths }));
    this.#server = createServer((socket) => this.#identify(socket));
    this.#child = spawn(process.execPath, ["--max-semi-space-size=1", program], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    });
    const socket = this.#child.stdio[3] as Socket;
    this.#writer = new LineWriter((line) => socket.write(line));
    const reader = new LineReader(lineBytesMax, (message) => this.#receive(message as FromSpawner));
    socket.on("data", (bytes: Buffer) => reader.push(bytes));
    socket.on("error", () => undefined);
    this.#exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#lost();
        this.#failed(new Error(`the spawner process ended (${signal ?? code}); see its message on stderr`));
        options.died({ code, signal });
        resolve();
      };
      this.#child.once("exit", end);
      this.#child.once("error", () => this.#child.pid === undefined && end(null, null));
    });
    this.#server.listen(this.#socketPath, () => {
      const cgroups = this.#cgroupDirectory === undefined ? {} : { cgroupDirectory: this.#cgroupDirectory };
      this.#writer.send({ directory: this.#directory, mark: this.#mark, ...cgroups } satisfies SpawnerSetup);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get #socketPath(): string {
    return join(this.#directory, "control");
  }

  send(message: ToSpawner): void {
    this.#writer.send(message);
  }

  flush(): void {
    this.#writer.flush();
  }

  /** Starts a group, now or as soon as there are pipes for it. */
  spawn(group: SpawnedGroup): void {
    try {
      this.#spawn(group);
    } catch (error) {
      // No file descriptors or no space left on this machine.
      const { code = "EUNKNOWN", message } = error as NodeJS.ErrnoException;
      queueMicrotask(() => group.fail(code, message));
    }
  }

  #spawn(group: SpawnedGroup): void {
    const pipes = this.pipes.takePair();
    if (!pipes) return void this.#waiting.push(group);
    const id = ++this.#lastGroup;
    this.#groups.set(id, group);
    group.begin(id, pipes, this);
    const { command, cwd, env, stdin, memoryBytes, hasControl, guard } = group.order;
    const message: ToSpawner = {
      do: "spawn",
      group: id,
      command,
      cwd,
      env,
      stdout: pipes[0].path,
      stderr: pipes[1].path,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(guard && { guard: { trial: guard.trial, lease: this.#onItsClock(guard.lease) } }),
      ...(stdin !== undefined && { stdin: this.#stdinFile(id, stdin) }),
      ...(hasControl && { control: { socket: this.#socketPath, key: this.#key(group) } }),
    };
    this.send(message);
  }

  #onItsClock({ leaseMs, acceptedAt }: Lease): Lease {
    return { leaseMs, acceptedAt: onMachine(this.clock, acceptedAt) };
  }

  #stdinFile(id: number, text: string): string {
    const path = join(this.#directory, `stdin-${id}`);
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return path;
  }

  #key(group: SpawnedGroup): string {
    const key = randomBytes(keyLength / 2).toString("hex");
    this.#keys.set(key, group);
    return key;
  }

  release(group: SpawnedGroup): void {
    this.#groups.delete(group.id);
    if (group.order.hasControl) for (const [key, of] of this.#keys) if (of === group) this.#keys.delete(key);
  }

  /** Ends every group and the process. */
  async close(): Promise<void> {
    this.send({ do: "close" });
    const timer = this.clock.setTimer(closeMs, () => this.#child.kill("SIGKILL"));
    await this.#exited;
    timer.cancel();
  }

  /** Finds out to which group a connection belongs, by the key that the spawner sends first. */
  #identify(socket: Socket): void {
    socket.on("error", () => undefined);
    let head = Buffer.alloc(0);
    const read = (bytes: Buffer): void => {
      head = Buffer.concat([head, bytes]);
      if (head.length <= keyLength) return;
      socket.off("data", read);
      socket.pause();
      const key = head.toString("latin1", 0, keyLength);
      const group = this.#keys.get(key);
      this.#keys.delete(key);
      if (!group || group.isEnded) return void socket.destroy();
      if (head.length > keyLength + 1) socket.unshift(head.subarray(keyLength + 1));
      group.attachControl(socket);
    };
    socket.on("data", read);
  }

  #receive(message: FromSpawner): void {
    switch (message.is) {
      case "ready":
        return this.pipes.grow();
      case "pipes":
        return this.#pipesMade(message.paths);
      default:
        this.#groups.get(message.group)?.receive(message);
        if (this.#waiting.length > 0) this.#spawnWaiting();
    }
  }

  #pipesMade(paths: string[]): void {
    this.pipes.made(paths);
    if (paths.length > 0) {
      this.#ready();
      return this.#spawnWaiting();
    }
    const message = "mkfifo failed; it comes with coreutils and needs space in the temporary directory";
    this.#failed(new Error(message));
    for (const group of this.#waiting.splice(0)) group.fail("spawner-failed", message);
  }

  #spawnWaiting(): void {
    for (const group of this.#waiting.splice(0)) if (!group.isEnded) this.spawn(group);
  }

  /** Does what the spawner would have done: no process of it stays behind. */
  #lost(): void {
    this.#server.close();
    for (const group of this.#groups.values()) if (group.pid !== undefined) signalGroup(group.pid, "SIGKILL");
    if (this.#cgroupDirectory !== undefined) ControlGroup.clear(this.#cgroupDirectory, this.#mark);
    if (this.#groups.size > 0) {
      for (const pid of findMarked((mark) => mark.startsWith(`${this.#mark}.`))) signalOne(pid, "SIGKILL");
    }
    for (const group of this.#groups.values()) group.lose();
    for (const group of this.#waiting.splice(0)) group.fail("spawner-failed", "the spawner died");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A new directory that only this user may enter. */
function privateDirectory(parent: string): string {
  return mkdtempSync(join(parent.length <= directoryLengthMax ? parent : "/tmp", "capstan-"));
}
