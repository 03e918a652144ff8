import { execFileSync } from "node:child_process";

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

let made = 0;

/**
 * A network of its own for a worker, joined to the machine's by one cable. Packets can be dropped on it without a word
 * to either end: no reset, no closing, as when a machine or a switch loses its power.
 */
export class NetworkNamespace {
  readonly name: string;
  readonly hostAddress: string;
  readonly #device: string;
  readonly #farDevice: string;
  readonly #farAddress: string;

  private constructor() {
    made += 1;
    const number = (process.pid % 20_000) + made;
    this.name = `capstan-${number}`;
    this.#device = `cap${number}a`;
    this.#farDevice = `cap${number}b`;
    const net = `10.231.${number % 250}`;
    this.hostAddress = `${net}.1`;
    this.#farAddress = `${net}.2`;
  }

  /** Whether this process may make one. */
  static isPossible(): boolean {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
    const probe = `capstan-probe-${process.pid}`;
    try {
      ip("netns", "add", probe);
      ip("netns", "del", probe);
      return true;
    } catch {
      return false;
    }
  }

  static make(): NetworkNamespace {
    const network = new NetworkNamespace();
    network.#build();
    return network;
  }

  /** What a command is started with to run in it. */
  get command(): readonly string[] {
    return ["ip", "netns", "exec", this.name];
  }

  #build(): void {
    const { name, hostAddress } = this;
    try {
      ip("netns", "add", name);
      ip("link", "add", this.#device, "type", "veth", "peer", "name", this.#farDevice, "netns", name);
      ip("addr", "add", `${hostAddress}/30`, "dev", this.#device);
      ip("link", "set", this.#device, "up");
      ip("-n", name, "addr", "add", `${this.#farAddress}/30`, "dev", this.#farDevice);
      ip("-n", name, "link", "set", this.#farDevice, "up");
      ip("-n", name, "link", "set", "lo", "up");
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Sends every packet of either side to a hardware address that nobody has: it vanishes, and no error comes back. */
  drop(): void {
    const nobody = ["lladdr", "02:00:00:00:00:99", "nud", "permanent"];
    ip("neigh", "replace", this.#farAddress, ...nobody, "dev", this.#device);
    ip("-n", this.name, "neigh", "replace", this.hostAddress, ...nobody, "dev", this.#farDevice);
  }

  /** Lets packets pass again. */
  pass(): void {
    ip("neigh", "del", this.#farAddress, "dev", this.#device);
    ip("-n", this.name, "neigh", "del", this.hostAddress, "dev", this.#farDevice);
  }

  remove(): void {
    for (const args of [
      ["link", "del", this.#device],
      ["netns", "del", this.name],
    ]) {
      try {
        ip(...args);
      } catch {
        // What was not made cannot be removed.
      }
    }
  }
}
