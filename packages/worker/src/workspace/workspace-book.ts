import {
  limits,
  times,
  toCapstanError,
  type Clock,
  type OfferMessage,
  type Phase,
  type PhaseScript,
  type Timer,
  type WorkerMessage,
  type WorkerMessageOf,
  type Workspace,
} from "@capstan/protocol";
import type { WorkerEmitter } from "../event/worker-event.js";
import { Declined } from "../slot/seat.js";
import type { PhaseOutcome, ScriptOrder, ScriptRun } from "./phase-run.js";
import type { WorkspaceFolder } from "./workspace-folder.js";

export interface WorkspaceBookOptions {
  readonly clock: Clock;
  readonly events: WorkerEmitter;
  readonly folder: Pick<WorkspaceFolder, "write" | "remove" | "close">;
  /** Asks the engine what the workspace of a taskset is. */
  readonly find: (taskset: string, signal: AbortSignal) => Promise<Workspace>;
  readonly run: (order: Omit<ScriptOrder, "env"> & { readonly taskset: string; readonly phase: Phase }) => ScriptRun;
  /** Ends what has something to do in a folder before it goes. Never rejects. */
  readonly vacate: (folder: string) => Promise<void>;
  /** Sends a message, unless the session does not stand. */
  readonly send: (message: WorkerMessage) => void;
  readonly isReady: () => boolean;
  /** The time of a setup script that states none of its own, in ms. */
  readonly setupMs: number;
  /** How long a taskset that this worker is not ready for is declined, in ms. */
  readonly failedMs: number;
}

type PhaseEnded = WorkerMessageOf<"phaseEnded">;

const notNeeded = "it was not needed any more";

interface Entry {
  readonly taskset: string;
  state: "preparing" | "ready" | "failed" | "leaving";
  /** What it is; unknown until the engine has told. */
  workspace?: Workspace;
  /** Where it is; undefined until it is written. */
  folder?: string;
  /** Trials that run in it. */
  trials: number;
  isReleased: boolean;
  /** Whether its set-up has begun, so that there is something to clean up. */
  isSetUp: boolean;
  failure?: { readonly message: string; readonly atMs: number };
  readonly abort: AbortController;
  script?: ScriptRun;
}

/**
 * The workspaces that a worker holds, one a taskset: fetched and set up before the first of its tasks is accepted,
 * cleaned up after the last. While one is got ready its offers are declined, so that it holds no task meanwhile.
 */
export class WorkspaceBook {
  readonly #options: WorkspaceBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #leaving = new Set<Promise<void>>();
  /** Ends of phases that the engine could not be told yet. */
  #untold: PhaseEnded[] = [];
  #isForced = false;
  #setForced!: () => void;
  readonly #forced = new Promise<void>((resolve) => (this.#setForced = resolve));

  constructor(options: WorkspaceBookOptions) {
    this.#options = options;
  }

  /** Tasksets whose workspaces are here, on their way, or leaving. */
  list(): string[] {
    return [...this.#entries.keys()];
  }

  /** Undefined when the task may run here now; begins to get ready where nobody has. */
  claim({ taskset, needsWorkspace }: OfferMessage): Declined | undefined {
    if (needsWorkspace !== true || taskset === undefined) return undefined;
    const entry = this.#entries.get(taskset);
    if (entry?.isReleased === true) return new Declined("no-workspace", "its workspace of the round before is leaving");
    if (entry?.state === "ready") return undefined;
    if (entry?.state === "failed" && !this.#mayTryAgain(entry)) {
      return new Declined("setup-failed", entry.failure?.message);
    }
    if (entry === undefined || entry.state === "failed") {
      if (this.#entries.size >= limits.workspacesHeldMax) {
        return new Declined("no-workspace", `this worker holds ${limits.workspacesHeldMax} workspaces already`);
      }
      this.#begin(taskset);
    }
    return new Declined("no-workspace", "its workspace is being fetched and set up");
  }

  /** A trial begins in the workspace; gives its folder, undefined for a task that has none. */
  enter(taskset: string | undefined): string | undefined {
    const entry = taskset === undefined ? undefined : this.#entries.get(taskset);
    if (entry === undefined || entry.state !== "ready") return undefined;
    entry.trials += 1;
    return entry.folder;
  }

  leave(taskset: string): void {
    const entry = this.#entries.get(taskset);
    if (entry === undefined) return;
    entry.trials -= 1;
    this.#takeLeave(entry);
  }

  /** The taskset has ended: clean up, once nothing runs there any more. */
  release(taskset: string): void {
    const entry = this.#entries.get(taskset);
    if (entry === undefined || entry.isReleased) return;
    entry.isReleased = true;
    entry.abort.abort();
    entry.script?.cancel();
    this.#takeLeave(entry);
  }

  /** Tells a new connection what it does not know. */
  resend(): void {
    const untold = this.#untold;
    this.#untold = [];
    for (const message of untold) this.#tell(message);
    for (const { taskset, state } of this.#entries.values()) {
      if (state === "ready") this.#options.send({ type: "workspaceReady", taskset });
    }
  }

  /** Cleans up all of them; once it is forced, they are removed as they are. */
  async close(): Promise<void> {
    for (const entry of this.#entries.values()) {
      entry.trials = 0;
      this.release(entry.taskset);
      // One that was released before has waited for its trials.
      this.#takeLeave(entry);
    }
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
    await this.#options.folder.close();
  }

  /** Ends at once what is fetched and every script that runs; none is begun from now on. */
  force(): void {
    this.#isForced = true;
    this.#setForced();
    for (const entry of this.#entries.values()) {
      entry.abort.abort();
      entry.script?.kill();
    }
  }

  #mayTryAgain({ failure }: Entry): boolean {
    return failure === undefined || this.#options.clock.monotonicMs() - failure.atMs >= this.#options.failedMs;
  }

  #begin(taskset: string): void {
    const entry: Entry = {
      taskset,
      state: "preparing",
      trials: 0,
      isReleased: false,
      isSetUp: false,
      abort: new AbortController(),
    };
    this.#entries.set(taskset, entry);
    const prepared = this.#prepare(entry).then((isReady) => {
      entry.state = isReady ? "ready" : "failed";
      if (entry.isReleased) return this.#cleanUp(entry);
      if (isReady) this.#options.send({ type: "workspaceReady", taskset });
      return undefined;
    });
    this.#track(prepared);
  }

  /** Fetches it and sets it up; says whether it is ready. */
  async #prepare(entry: Entry): Promise<boolean> {
    const isSynced = await this.#phase(entry, "sync", () => this.#sync(entry));
    if (!isSynced || entry.isReleased) return false;
    const { setup } = entry.workspace!;
    if (setup === undefined) return true;
    entry.isSetUp = true;
    return this.#phase(entry, "setup", () => this.#runScript(entry, "setup", setup));
  }

  async #sync(entry: Entry): Promise<PhaseOutcome> {
    const { clock, find, folder } = this.#options;
    const { signal } = entry.abort;
    const startedAtMs = clock.monotonicMs();
    let isLate = false;
    const within = (ms: number): Timer =>
      clock.setTimer(Math.max(0, startedAtMs + ms - clock.monotonicMs()), () => {
        // What ends it first is why it ends.
        isLate = !signal.aborted;
        entry.abort.abort();
      });
    // Its own limit is known once the engine has told what it is.
    let limitMs: number = times.syncMs;
    let timer = within(limitMs);
    try {
      entry.workspace = await find(entry.taskset, signal);
      limitMs = entry.workspace.syncTimeoutMs ?? limitMs;
      timer.cancel();
      timer = within(limitMs);
      entry.folder = await folder.write(entry.workspace.tree, entry.taskset, signal);
      return { status: "succeeded" };
    } catch (error) {
      if (isLate) return { status: "timeout", message: `it took longer than ${limitMs} ms` };
      if (signal.aborted) return { status: "cancelled", message: notNeeded };
      throw error;
    } finally {
      timer.cancel();
    }
  }

  async #runScript(entry: Entry, phase: Phase, script: PhaseScript): Promise<PhaseOutcome> {
    if (this.#isForced) return { status: "cancelled", message: "the worker was stopped at once" };
    const timeoutMs = script.timeoutMs ?? (phase === "setup" ? this.#options.setupMs : times.cleanUpMs);
    entry.script = this.#options.run({ script, folder: entry.folder!, timeoutMs, taskset: entry.taskset, phase });
    const outcome = await entry.script.ended;
    delete entry.script;
    return outcome;
  }

  /** Runs a phase and tells how it ended; says whether it succeeded. Never rejects. */
  async #phase(entry: Entry, phase: Phase, act: () => Promise<PhaseOutcome>): Promise<boolean> {
    const { clock, events } = this.#options;
    const { taskset } = entry;
    const startedAtMs = clock.monotonicMs();
    const outcome = await act().catch((error: unknown): PhaseOutcome => {
      const { code, message } = toCapstanError(error);
      return { status: "failed", message: `${code}: ${message}` };
    });
    const { status, message, log } = outcome;
    const durationMs = clock.monotonicMs() - startedAtMs;
    if (status !== "succeeded") entry.failure = { message: message ?? status, atMs: clock.monotonicMs() };
    events.emit("phaseEnded", { taskset, phase, status, durationMs, ...(message === undefined ? {} : { message }) });
    this.#tell({
      type: "phaseEnded",
      taskset,
      phase,
      status,
      durationMs,
      ...(message === undefined ? {} : { message: message.slice(0, 4_096) }),
      ...(log === undefined ? {} : { log }),
    });
    return status === "succeeded";
  }

  #tell(message: PhaseEnded): void {
    if (this.#options.isReady()) return this.#options.send(message);
    this.#untold.push(message);
    if (this.#untold.length > limits.workspacesHeldMax) this.#untold.shift();
  }

  /** Cleans up, once it is released, got ready or failed, and nothing runs there any more. */
  #takeLeave(entry: Entry): void {
    if (!entry.isReleased || entry.trials > 0) return;
    if (entry.state === "preparing" || entry.state === "leaving") return;
    this.#track(this.#cleanUp(entry));
  }

  async #cleanUp(entry: Entry): Promise<void> {
    entry.state = "leaving";
    if (entry.folder !== undefined && !this.#isForced)
      await Promise.race([this.#options.vacate(entry.folder), this.#forced]);
    await this.#phase(entry, "cleanUp", async () => {
      const { setup, cleanUp } = entry.workspace ?? {};
      const isSetUp = entry.isSetUp || setup === undefined;
      try {
        if (cleanUp === undefined || entry.folder === undefined || !isSetUp) return { status: "succeeded" };
        return await this.#runScript(entry, "cleanUp", cleanUp);
      } finally {
        if (entry.folder !== undefined) await this.#options.folder.remove(entry.folder);
      }
    });
    this.#entries.delete(entry.taskset);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#leaving.delete(tracked));
    this.#leaving.add(tracked);
  }
}
