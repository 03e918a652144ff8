import { checkState, type CoreConfig } from "@capstan/core";
import type { Engine, EngineOperations } from "@capstan/engine";
import { CapstanError, defaultNamespace, type Manifest, type RevisionView } from "@capstan/protocol";
import { MemoryDisk } from "@capstan/store";
import type { SeededRandom, VirtualClock } from "@capstan/testkit";
import type { Evidence } from "../check/evidence.js";
import { checkLimits } from "../check/limit-check.js";
import { EngineProcess } from "./engine-process.js";
import { memoryBlobs } from "./memory-blobs.js";
import type { Network } from "./network.js";
import type { CrashPoint, SimStore } from "./sim-store.js";

export interface EngineHostOptions {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly config: Partial<CoreConfig>;
  readonly evidence: Evidence;
  readonly failed: (error: Error) => void;
}

/** The engine's machine: one process after another on the same disk, and now and then two at a time. */
export class EngineHost {
  readonly disk = new MemoryDisk();
  readonly #options: EngineHostOptions;
  readonly #blobs = memoryBlobs();
  #generation = 0;
  #current: EngineProcess | undefined;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  get engine(): Engine | undefined {
    return this.#current?.engine;
  }

  get operations(): EngineOperations | undefined {
    return this.#current?.operations;
  }

  /** The disk as the present process sees it. */
  get store(): SimStore | undefined {
    return this.#current?.store;
  }

  get isUp(): boolean {
    return this.operations !== undefined;
  }

  get isFrozen(): boolean {
    return this.#current?.life.isFrozen === true;
  }

  async start(): Promise<void> {
    if (this.#current !== undefined) return;
    const { clock, random, network, config, evidence, failed } = this.#options;
    this.#generation += 1;
    const process = new EngineProcess({
      generation: this.#generation,
      disk: this.disk,
      blobs: this.#blobs,
      clock,
      random,
      config,
      evidence,
      crash: (which) => this.#end(which),
      failed,
    });
    this.#current = process;
    const host = await process.start();
    if (host !== undefined && this.#current === process) network.host = host;
  }

  /** The process is gone, between two turns or around a commit; its connections end with it. */
  crash(): void {
    if (this.#current !== undefined) this.#end(this.#current);
  }

  /** Crashes at the next commit. */
  crashAt(point: CrashPoint): void {
    if (this.store !== undefined) this.store.crashAt = point;
  }

  /** Crashes while it speaks: after so many frames. */
  crashAfter(frames: number): void {
    this.#options.network.crashAfter = { frames, crash: () => this.crash() };
  }

  freeze(ms: number): void {
    const process = this.#current;
    if (process === undefined) return;
    process.life.freeze();
    this.#options.clock.setTimer(ms, () => process.life.thaw());
  }

  /** The process hangs and another one takes its disk; when it goes on, it must learn that it is not the engine any more. */
  supersede(thawMs: number): void {
    const { clock, network } = this.#options;
    const process = this.#current;
    if (process === undefined) return;
    process.isSuperseded = true;
    process.life.freeze();
    this.#current = undefined;
    network.host = undefined;
    clock.setTimer(thawMs, () => process.life.thaw());
    // One that has nothing to write never learns it: somebody ends it.
    clock.setTimer(thawMs + 5_000, () => this.#end(process));
  }

  /** Somebody corrects the clock that people see. */
  shiftWall(ms: number): void {
    this.#options.clock.shiftWall(ms);
  }

  /** What is broken is mended. */
  heal(): void {
    this.store?.heal();
    if (this.isFrozen) this.#current?.life.thaw();
  }

  async deploy(manifest: Manifest): Promise<RevisionView> {
    const { operations } = this;
    if (operations === undefined) throw new CapstanError("unreachable", "the engine is away");
    return operations.deployRevision(defaultNamespace, manifest.plugin, { manifest });
  }

  check(): void {
    const state = this.engine?.loop.state;
    if (state === undefined) return;
    checkState(state);
    checkLimits(state);
  }

  close(): void {
    this.#current?.end();
    this.disk.discard();
  }

  #end(process: EngineProcess): void {
    if (process.life.isOver) return;
    const { network, random } = this.#options;
    process.end();
    network.drop(process.life, () => random.chance(0.2));
    if (this.#current !== process) return;
    this.#current = undefined;
    network.host = undefined;
  }
}
