import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild, type Child } from "./child.js";

const engineUrl = new URL("./engine-process.js", import.meta.url);
const workerUrl = new URL("./worker-process.js", import.meta.url);

/** An engine and its workers, each a process of its own, on a folder of their own. */
export class Cluster {
  readonly #children: Child[] = [];
  #folder = "";
  #url = "";
  #closing: Promise<void> | undefined;

  get url(): string {
    return this.#url;
  }

  /** Rejects when one of the processes ends by itself. */
  get broken(): Promise<never> {
    return Promise.race(this.#children.map((child) => child.ended));
  }

  async start(workers: readonly string[]): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "capstan-quickstart-"));
    const { url } = await this.#add(startChild("engine", engineUrl, [join(this.#folder, "engine")])).ready;
    this.#url = url as string;
    const cache = join(this.#folder, "cache");
    await Promise.all(
      workers.map((name) => this.#add(startChild(`worker ${name}`, workerUrl, [this.#url, name, cache])).ready),
    );
  }

  /** Ends the workers, then the engine, and removes the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #add(child: Child): Child {
    this.#children.push(child);
    // Asked to stop while it was starting.
    if (this.#closing !== undefined) void child.close();
    return child;
  }

  async #close(): Promise<void> {
    const [engine, ...workers] = this.#children;
    await Promise.all(workers.map((worker) => worker.close()));
    await engine?.close();
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
