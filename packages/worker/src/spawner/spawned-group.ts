/** The worker's view of one process group: its output, its control channel and its end. */
import type { Socket } from "node:net";
import type { Clock, Timer } from "@capstan/protocol";
import { onMachine } from "../lease/machine-clock.js";
import type { OutputStream } from "../output/output-stream.js";
import type { ExitedMessage, FromSpawner, ToSpawner } from "./message.js";
import { closePipe, readPipe, type Pipe, type PipePool } from "./pipe-pool.js";
import type { GroupExit, GroupListener, GuardedTrial, ProcessGroup, SpawnOrder } from "./process-group-spawner.js";

/** What a group needs of its spawner. */
export interface GroupLink {
  readonly clock: Clock;
  readonly pipes: PipePool;
  send(message: ToSpawner): void;
  /** Sends now what would leave at the end of the turn. */
  flush(): void;
  /** The group needs its spawner no more. */
  release(group: SpawnedGroup): void;
}

/** Time that pipes get to close after everything that could hold them was killed. */
const afterKillMs = 100;
const drainMsDefault = 250;

export class SpawnedGroup implements ProcessGroup {
  readonly order: SpawnOrder;
  readonly #listener: GroupListener;
  #link: GroupLink | undefined;
  #id = 0;
  #pid: number | undefined;
  #pipes: readonly Pipe[] = [];
  readonly #open = new Set<Socket>();
  #whenSpawned: (() => void)[] = [];
  #isPaused = false;
  #isKillWanted = false;
  #isKillSent = false;
  #isGone = false;
  #isControlAwaited: boolean;
  #isEnded = false;
  #exit: ExitedMessage | undefined;
  #timer: Timer | undefined;

  constructor(order: SpawnOrder, listener: GroupListener) {
    this.order = order;
    this.#isControlAwaited = order.hasControl ?? false;
    this.#listener = listener;
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  /** Number of the group within its spawner, once it is begun. */
  get id(): number {
    return this.#id;
  }

  /** Whether it was killed before its spawner had taken it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Hands the group to a spawner. The pipes are stdout and stderr. */
  begin(id: number, pipes: readonly Pipe[], link: GroupLink): void {
    this.#id = id;
    this.#pipes = pipes;
    this.#link = link;
  }

  signal(signal: NodeJS.Signals): void {
    this.#onceSpawned(() => this.#link?.send({ do: "signal", group: this.#id, signal }));
  }

  kill(): void {
    this.#isKillWanted = true;
    if (!this.#link) return this.fail("killed", "the group was killed before its process was started");
    if (this.#pid === undefined || this.#isKillSent || this.#isEnded) return;
    this.#isKillSent = true;
    this.#link.send({ do: "kill", group: this.#id });
  }

  limitMemory(memoryBytes: number | undefined): void {
    this.#onceSpawned(() => this.#link?.send({ do: "limit", group: this.#id, memoryBytes }));
  }

  keepOrphans(): void {
    this.#onceSpawned(() => this.#link?.send({ do: "keep", group: this.#id }));
  }

  killOrphans(): void {
    this.#onceSpawned(() => this.#link?.send({ do: "sweep", group: this.#id }));
  }

  guard({ trial, lease }: GuardedTrial): void {
    const link = this.#link;
    if (!link || this.#isEnded) return;
    const onItsClock = { leaseMs: lease.leaseMs, acceptedAt: onMachine(link.clock, lease.acceptedAt) };
    link.send({ do: "guard", group: this.#id, guard: { trial, lease: onItsClock } });
    // Before the trial is told to its executor: this process may be stopped at any moment.
    link.flush();
  }

  unguard(trial: string): void {
    if (!this.#isEnded) this.#link?.send({ do: "unguard", trial });
  }

  pauseOutput(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const socket of this.#open) {
      if (isPaused) socket.pause();
      else socket.resume();
    }
  }

  #onceSpawned(act: () => void): void {
    if (this.#isEnded) return;
    if (this.#pid === undefined) this.#whenSpawned.push(act);
    else act();
  }

  /** Takes a message of the spawner. */
  receive(message: Extract<FromSpawner, { group: number }>): void {
    switch (message.is) {
      case "spawned":
        return this.#spawned(message.pid);
      case "failed":
        return this.fail(message.code, message.message, message.isCutOff);
      case "exited":
        this.#exit = message;
        this.#await(this.order.drainMs ?? drainMsDefault);
        return this.#endWhenDone();
      case "gone":
        this.#isGone = true;
        if (this.#exit) this.#await(afterKillMs);
        return this.#endWhenDone();
    }
  }

  #spawned(pid: number): void {
    this.#pid = pid;
    this.#read("stdout", this.#pipes[0] as Pipe);
    this.#read("stderr", this.#pipes[1] as Pipe);
    this.#pipes = [];
    if (this.#isPaused) this.pauseOutput(true);
    this.#listener.spawned?.(pid);
    if (this.#isKillWanted) this.kill();
    for (const act of this.#whenSpawned.splice(0)) act();
  }

  #read(stream: OutputStream, pipe: Pipe): void {
    const end = (): void => {
      this.#open.delete(socket);
      // Only an end that came by itself proves that no process holds the pipe.
      if (this.#isEnded) this.#link?.pipes.discard(pipe);
      else this.#link?.pipes.reuse(pipe);
      this.#endWhenDone();
    };
    const socket = readPipe(pipe, (bytes) => this.#listener.output(stream, bytes), end);
    this.#open.add(socket);
  }

  /** The worker's end of file descriptor 3; what is in it is awaited like output. */
  attachControl(socket: Socket): void {
    this.#isControlAwaited = false;
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#endWhenDone();
    });
    this.#listener.control?.(socket);
    socket.resume();
  }

  #await(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#link?.clock.setTimer(ms, () => {
      // Somebody holds a pipe still: it is killed, and if that does not help the rest is given up.
      if (!this.#isKillSent) this.kill();
      else if (this.#isGone) this.#finish();
    });
    // A paused reader would never see the end.
    this.pauseOutput(false);
  }

  #endWhenDone(): void {
    if (!this.#exit || this.#open.size > 0 || this.#isControlAwaited || this.#isEnded) return;
    if (this.#exit.isLeft && !this.#isKillSent) return this.kill();
    if (this.#isKillSent && !this.#isGone) return;
    this.#finish();
  }

  #finish(): void {
    const { code, signal, isCutOff, cpuMs, memoryBytesPeak, memoryBytesExceeded } = this.#exit as ExitedMessage;
    this.#end({
      code,
      signal,
      ...(isCutOff && { isCutOff }),
      ...(cpuMs !== undefined && { cpuMs }),
      ...(memoryBytesPeak !== undefined && { memoryBytesPeak }),
      ...(memoryBytesExceeded !== undefined && { memoryBytesExceeded }),
    });
  }

  /** Ends the group because its process could not be started. */
  fail(code: string, message: string, isCutOff = false): void {
    this.#end({ code: null, signal: null, startFailure: { code, message }, ...(isCutOff && { isCutOff }) });
  }

  /** Ends the group because its spawner is gone. */
  lose(): void {
    this.#end({ code: null, signal: null, isSpawnerLost: true });
  }

  #end(exit: GroupExit): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer?.cancel();
    for (const pipe of this.#pipes) {
      closePipe(pipe);
      this.#link?.pipes.reuse(pipe);
    }
    for (const socket of this.#open) socket.destroy();
    this.#link?.release(this);
    this.#listener.ended(exit);
  }
}
