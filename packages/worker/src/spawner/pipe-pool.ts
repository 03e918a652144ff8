/**
 * Named pipes between task processes and the worker, used again and again.
 *
 * A process started by the spawner writes straight into a pipe that the worker reads, so no output passes through the
 * spawner. Being real pipes and not sockets, `echo x > /dev/stderr` works in them.
 */
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { Socket } from "node:net";

/** Pipes made at a time, by one `mkfifo`. */
const batchSize = 32;

/** A named pipe whose reading end is open. */
export interface Pipe {
  readonly path: string;
  readonly file: number;
}

export class PipePool {
  readonly #directory: string;
  readonly #make: (paths: string[]) => void;
  #free: string[] = [];
  #made = 0;
  #isMaking = false;

  /** `make` has to answer through `made`. */
  constructor(directory: string, make: (paths: string[]) => void) {
    this.#directory = directory;
    this.#make = make;
  }

  /** Two pipes, or undefined when none are free; more are on their way then. */
  takePair(): [Pipe, Pipe] | undefined {
    if (this.#free.length < 2) {
      this.grow();
      return undefined;
    }
    return [this.#open(), this.#open()];
  }

  #open(): Pipe {
    const path = this.#free.pop() as string;
    // Opened before the writer exists, without waiting for it.
    return { path, file: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) };
  }

  /** Has more pipes made. */
  grow(): void {
    if (this.#isMaking) return;
    this.#isMaking = true;
    this.#make(Array.from({ length: batchSize }, () => join(this.#directory, `pipe-${this.#made++}`)));
  }

  /** Takes over pipes that have been made. */
  made(paths: string[]): void {
    this.#isMaking = false;
    this.#free.push(...paths);
  }

  /** Puts back a pipe that no process holds any more. */
  reuse(pipe: Pipe): void {
    this.#free.push(pipe.path);
  }

  /** Removes a pipe that a process may still hold. */
  discard(pipe: Pipe): void {
    try {
      unlinkSync(pipe.path);
    } catch {
      // The directory is gone already.
    }
  }
}

/** Closes a pipe that was never read. */
export function closePipe(pipe: Pipe): void {
  closeSync(pipe.file);
}

/** All pipes are read into one buffer, as each reading is handed on before the next begins. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Reads a pipe until its last writer is gone. The bytes belong to the receiver. */
export function readPipe(pipe: Pipe, receive: (bytes: Buffer) => void, end: () => void): Socket {
  const socket = new Socket({
    fd: pipe.file,
    readable: true,
    writable: false,
    onread: {
      buffer: readBuffer,
      callback: (length: number): boolean => {
        receive(Buffer.from(readBuffer.subarray(0, length)));
        return true;
      },
    },
  } as ConstructorParameters<typeof Socket>[0]);
  socket.on("error", () => undefined);
  socket.once("close", end);
  socket.resume();
  return socket;
}
