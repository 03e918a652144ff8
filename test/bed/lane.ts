import { setTimeout as pause } from "node:timers/promises";
import type { SeededRandom } from "@capstan/testkit";

/** How bytes are damaged: `flip` the highest bit of some, which no text in UTF-8 survives; `garble`: others in between. */
export type Damage = "flip" | "garble";

const flipsMax = 8;
const garbageBytes = 64;

/** What happens to the bytes of one direction of a proxy. */
export class Lane {
  #latencyMs = 0;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #damage: { readonly kind: Damage; readonly random: SeededRandom; left: number } | undefined;
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
  /** Chunks that were damaged so far. */
  damaged = 0;

  /** Holds everything back, an end too, as when packets are dropped; what is held arrives when it speaks again. */
  silence(): void {
    if (this.#gate !== undefined) return;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.#gate = { opened, open };
  }

  /** Slows it down. Each chunk waits for the one before it. */
  slow({ latencyMs, bytesPerSecond }: { readonly latencyMs: number; readonly bytesPerSecond: number }): void {
    this.#latencyMs = latencyMs;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Damages the next chunks. */
  damage(kind: Damage, random: SeededRandom, chunks = 1): void {
    this.#damage = { kind, random, left: chunks };
  }

  /** Lets bytes pass as they are. */
  mend(): void {
    this.slow({ latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY });
    this.#damage = undefined;
    this.#gate?.open();
    this.#gate = undefined;
  }

  /** Resolves as soon as something may arrive. */
  async opened(): Promise<void> {
    while (this.#gate !== undefined) await this.#gate.opened;
  }

  /** The chunk as it arrives, when it arrives. */
  async pass(chunk: Buffer): Promise<Buffer> {
    const delayMs = this.#latencyMs + (chunk.length / this.#bytesPerSecond) * 1_000;
    if (delayMs > 0) await pause(delayMs);
    await this.opened();
    const damage = this.#damage;
    if (damage === undefined || damage.left === 0) return chunk;
    damage.left -= 1;
    this.damaged += 1;
    return damage.kind === "flip" ? flip(chunk, damage.random) : garble(chunk, damage.random);
  }
}

function flip(chunk: Buffer, random: SeededRandom): Buffer {
  const bytes = Buffer.from(chunk);
  const places = new Set(Array.from({ length: random.int(1, flipsMax) }, () => random.int(0, bytes.length - 1)));
  for (const at of places) bytes[at]! ^= 0x80;
  return bytes;
}

function garble(chunk: Buffer, random: SeededRandom): Buffer {
  const at = random.int(0, chunk.length);
  return Buffer.concat([chunk.subarray(0, at), random.bytes(garbageBytes), chunk.subarray(at)]);
}
