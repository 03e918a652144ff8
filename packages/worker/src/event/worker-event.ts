import type { CapstanError, Phase, PhaseStatus, RefusalReason } from "@capstan/protocol";

/** All that a worker tells of itself, for logs and metrics; the library prints nothing. */
export interface WorkerEvents {
  /** A connection to the engine is being opened. */
  readonly connecting: { readonly url: string };
  /** The engine welcomed the worker with a session of its own. */
  readonly joined: { readonly worker: string; readonly session: string; readonly heartbeatMs: number };
  /** The engine took up the session where it was left. */
  readonly resumed: { readonly worker: string; readonly session: string; readonly trials: number };
  /** The connection, or a try to get one, was lost; the next try follows after `retryMs`. */
  readonly lost: { readonly error: CapstanError; readonly retryMs: number };
  /** The engine refused the worker. */
  readonly refused: { readonly error: CapstanError };
  readonly trialStarted: { readonly trial: string; readonly definition: string; readonly revision: string };
  readonly trialEnded: {
    readonly trial: string;
    readonly definition: string;
    readonly status: string;
    readonly durationMs: number;
  };
  /** The engine answered a report: it counts, or it does not. */
  readonly reportAnswered: { readonly trial: string; readonly refusal?: RefusalReason };
  /** Trials that are not safe to rerun were ended because the engine was not heard of for most of their lease. */
  readonly cutOff: { readonly trials: readonly string[] };
  /** A revision is being fetched or loaded. */
  readonly preparing: { readonly revision: string };
  readonly prepared: { readonly revision: string; readonly loadMs: number };
  readonly prepareFailed: { readonly revision: string; readonly error: Error };
  readonly dropped: { readonly revision: string };
  /** What a worker does for a taskset beside running its tasks has ended: sync, setup, clean-up. */
  readonly phaseEnded: {
    readonly taskset: string;
    readonly phase: Phase;
    readonly status: PhaseStatus;
    readonly durationMs: number;
    readonly message?: string;
  };
  readonly executorStarted: { readonly revision: string; readonly pid?: number; readonly loadMs: number };
  /** `output`: the end of what it printed after its last trial. */
  readonly executorExited: {
    readonly revision: string;
    readonly cause: string;
    readonly message?: string;
    readonly output?: string;
  };
  /** The spawner process died and is started again. */
  readonly spawnerDied: { readonly code: number | null; readonly signal: string | null };
  readonly draining: { readonly reason: string };
  readonly undrained: { readonly isDraining: false };
  readonly closed: { readonly worker: string | undefined };
}

export type WorkerEventName = keyof WorkerEvents;
/** One event with its name, as `onEvent` is given it. */
export type WorkerEvent = { [N in WorkerEventName]: { readonly type: N } & WorkerEvents[N] }[WorkerEventName];
export type WorkerListener<N extends WorkerEventName> = (event: WorkerEvents[N]) => void;

/** The listeners of one worker. An event that nobody listens to is not even made. */
export class WorkerEmitter {
  readonly #onEvent: ((event: WorkerEvent) => void) | undefined;
  readonly #listeners = new Map<WorkerEventName, Set<WorkerListener<never>>>();

  constructor(onEvent?: (event: WorkerEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Calls the listener at each event of the name until the returned function is called. */
  on<N extends WorkerEventName>(name: N, listener: WorkerListener<N>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => set.delete(listener);
  }

  /** Whether somebody listens to the event. */
  has(name: WorkerEventName): boolean {
    return this.#onEvent !== undefined || (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<N extends WorkerEventName>(name: N, event: WorkerEvents[N]): void {
    this.#onEvent?.({ type: name, ...event } as WorkerEvent);
    for (const listener of this.#listeners.get(name) ?? []) (listener as WorkerListener<N>)(event);
  }
}
