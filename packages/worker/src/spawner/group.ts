/** One process group in the spawner: started, watched and ended here. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, openSync, statSync, unlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { ControlGroup } from "./control-group.js";
import type { SpawnMessage } from "./message.js";
import { isGroupAlive, signalGroup, signalOne } from "./process-group.js";
import { findMarked, hasLiveMember } from "./stray.js";

/** The cgroup of a group, and the one of the spawner itself. */
export interface GroupControls {
  readonly own: ControlGroup;
  readonly spawner: ControlGroup;
}

/** A process group under way. */
export interface Group {
  readonly order: SpawnMessage;
  /** The value of the mark variable that its processes inherit. */
  readonly mark: string;
  child?: ChildProcess;
  readonly controls?: GroupControls | undefined;
  pid?: number;
  memoryBytesMax?: number | undefined;
  memoryBytesPeak: number;
  memoryBytesExceeded?: number;
  /** Orphans that outlive trials. */
  kept?: ReadonlySet<number>;
  /** Whether it is killed because nobody renewed the lease of a trial in it. */
  isCutOff?: boolean;
}

/** A program that could not be started. */
export class SpawnError extends Error {
  override readonly name = "SpawnError";
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Starts the group's first process.
 * @throws SpawnError with the system's code (`ENOENT`, `EACCES`, …)
 */
export async function startGroup(group: Group): Promise<number> {
  const { order } = group;
  const control = order.control && (await connectControl(order.control));
  const files: number[] = [];
  const open = (path: string, flags: number): number => {
    const file = openSync(path, flags);
    files.push(file);
    return file;
  };
  try {
    // Without O_NONBLOCK a pipe whose reader is gone would block the spawner; libuv makes 0 to 2 blocking again.
    const writing = constants.O_WRONLY | constants.O_NONBLOCK;
    const stdin = order.stdin === undefined ? "ignore" : open(order.stdin, constants.O_RDONLY);
    if (order.stdin !== undefined) unlinkSync(order.stdin);
    const stdio = [stdin, open(order.stdout, writing), open(order.stderr, writing)] as (number | "ignore" | Socket)[];
    if (control) stdio.push(control);
    const [program = "", ...rest] = order.command;
    const start = (): ChildProcess => spawn(program, rest, { cwd: order.cwd, env: order.env, detached: true, stdio });
    const child = group.controls ? startWithin(group.controls, start) : start();
    group.child = child;
    if (child.pid === undefined) throw await startFailure(child, order);
    group.pid = child.pid;
    return child.pid;
  } catch (error) {
    if (error instanceof SpawnError) throw error;
    throw new SpawnError((error as NodeJS.ErrnoException).code ?? "EUNKNOWN", (error as Error).message);
  } finally {
    for (const file of files) closeSync(file);
    control?.destroy();
  }
}

/** Forks within a cgroup. A spawner that could not get out of it again would be killed with the trial, so it ends here. */
function startWithin(controls: GroupControls, start: () => ChildProcess): ChildProcess {
  controls.own.enter();
  try {
    return start();
  } finally {
    if (!controls.spawner.enter()) process.abort();
  }
}

async function startFailure(child: ChildProcess, order: SpawnMessage): Promise<SpawnError> {
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => child.once("error", resolve));
  const code = error.code ?? "EUNKNOWN";
  // The system says ENOENT both for a program and for a directory that is missing.
  const isDirectory = statSync(order.cwd, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isDirectory) return new SpawnError(code, `the directory ${order.cwd} does not exist; create it or change cwd`);
  const program = JSON.stringify(order.command[0] ?? "");
  return new SpawnError(code, `the program ${program} could not be started: ${code}; is it installed and in PATH?`);
}

/** Connects to the worker and makes the socket blocking, as programs in other languages expect. */
function connectControl(control: { socket: string; key: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(control.socket);
    socket.pause();
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(`${control.key}\n`, () => {
        socket.off("error", reject);
        socket.on("error", () => undefined);
        const handle = Reflect.get(socket, "_handle") as { setBlocking(isBlocking: boolean): void };
        handle.setBlocking(true);
        resolve(socket);
      });
    });
  });
}

/** How long a killed process may take to vanish before it is called a survivor (it hangs in the kernel). */
const vanishMsMax = 5_000;

/**
 * Kills every process of the group, those that left it included, and waits until they are gone.
 * @returns whether one survived
 */
export async function endGroup(group: Group): Promise<boolean> {
  const isOurs = (mark: string): boolean => mark === group.mark;
  let waitedMs = 0;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    if (group.pid !== undefined) signalGroup(group.pid, "SIGKILL");
    group.controls?.own.kill();
    // A process that forks while it is looked for shows up in the next round.
    const strays = findMarked(isOurs);
    for (const pid of strays) signalOne(pid, "SIGKILL");
    if (strays.length === 0 && !isAlive(group, waitedMs)) return false;
    if (waitedMs >= vanishMsMax) return true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    waitedMs += pauseMs;
  }
}

/** A group of dead processes that nobody reaps looks alive to signals; after a while the costlier look decides. */
function isAlive({ pid, controls }: Group, waitedMs: number): boolean {
  if (controls?.own.isPopulated) return true;
  if (pid === undefined || !isGroupAlive(pid)) return false;
  return waitedMs < 3 || hasLiveMember(pid);
}
