import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory on a folder of its own, whose size a test sets: what is not there cannot be written. */
export class SmallDisk {
  readonly folder: string;
  readonly #bytes: number;

  private constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.#bytes = bytes;
  }

  /** Whether this process may mount one. */
  static isPossible(): boolean {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
    const folder = mkdtempSync(join(tmpdir(), "capstan-probe-"));
    try {
      SmallDisk.mount(folder, 1024 ** 2).remove();
      return true;
    } catch {
      return false;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Mounts one over the folder, which is made when it is not there. */
  static mount(folder: string, bytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true });
    run("mount", "-t", "tmpfs", "-o", `size=${bytes},mode=700`, "capstan-test", folder);
    return new SmallDisk(folder, bytes);
  }

  /** Bytes that are taken. */
  get usedBytes(): number {
    const { bsize, blocks, bfree } = statfsSync(this.folder);
    return (blocks - bfree) * bsize;
  }

  /** Makes the disk as large as what is on it. Whoever writes meanwhile makes it a little larger. */
  fill(): void {
    for (let tries = 20; ; tries -= 1) {
      try {
        return this.#resize(this.usedBytes);
      } catch (error) {
        if (tries === 0) throw error;
      }
    }
  }

  /** Gives it its whole size back. */
  free(): void {
    this.#resize(this.#bytes);
  }

  remove(): void {
    // Lazily, since whoever has a file open on it may still be on the way out.
    run("umount", "-l", this.folder);
  }

  #resize(bytes: number): void {
    run("mount", "-o", `remount,size=${bytes}`, this.folder);
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}
