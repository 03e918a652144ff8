import type {
  EngineStatus,
  EstimateQuery,
  EstimateView,
  EventView,
  FlakyQuery,
  FlakyView,
  Launched,
  TaskQuery,
  TasksetQuery,
  TasksetView,
  TaskView,
  TrialView,
} from "@capstan/protocol";
import { Blobs } from "./blob/blobs.js";
import { Connection, type Answer } from "./connection/connection.js";
import { items } from "./connection/page.js";
import { settingsOf, type CapstanOptions } from "./connection/settings.js";
import { followEvents, type EventOptions } from "./event/event-stream.js";
import { automaticKeyMs, KeySource } from "./launch/idempotency.js";
import { launchMany } from "./launch/launch-many.js";
import { nameOf, type LaunchArguments, type LaunchOptions, type TaskLike } from "./launch/launch-options.js";
import { LaunchQueue } from "./launch/launch-queue.js";
import { launchTaskset, type TasksetOptions } from "./launch/launch-taskset.js";
import { toJson } from "./launch/wire.js";
import { followLog, logText, type LogChunk, type LogOptions } from "./log/follow-log.js";
import { Muted } from "./muted/muted.js";
import { Plugins } from "./plugin/plugins.js";
import { contentOf } from "./task/output.js";
import { TaskHandle } from "./task/task-handle.js";
import { WaitRoom } from "./task/wait-room.js";
import { TasksetHandle } from "./taskset/taskset-handle.js";
import { Workers } from "./worker/workers.js";

/**
 * A client of an engine, over HTTP or embedded.
 * @example
 * const capstan = new Capstan({ url: "http://127.0.0.1:7717" });
 * const task = await capstan.launch(images.tasks.resize, { path: "cat.png", width: 200 });
 * const { bytes } = await task.result();
 */
export class Capstan {
  readonly blobs: Blobs;
  readonly muted: Muted;
  readonly plugins: Plugins;
  readonly workers: Workers;
  readonly #connection: Connection;
  readonly #queue: LaunchQueue;
  readonly #keys: KeySource;
  readonly #waits: WaitRoom;

  /** @throws CapstanError `invalid-config` for an address or token that cannot be used. */
  constructor(options: CapstanOptions = {}) {
    const settings = settingsOf(options);
    this.#connection = new Connection(settings);
    this.#queue = new LaunchQueue(this.#connection);
    this.#keys = new KeySource(settings.random);
    this.#waits = new WaitRoom(this.#connection);
    this.blobs = new Blobs(this.#connection);
    this.muted = new Muted(this.#connection);
    this.plugins = new Plugins(this.#connection);
    this.workers = new Workers(this.#connection);
  }

  /**
   * Launches a task; when this resolves it survives any crash. Launches that are made together are sent together, each
   * with an outcome of its own. One whose answer is lost is sent again, and launched once all the same.
   * @throws CapstanError `invalid-input`, `unknown-plugin`, `unknown-definition`, `idempotency-conflict`, `overloaded`.
   */
  async launch<Input, Result>(
    task: TaskLike<Input, Result>,
    ...[input, options]: LaunchArguments<Input>
  ): Promise<TaskHandle<Result>> {
    const launched = await this.#queue.launch(this.#taskJson(task, input, options), options?.signal);
    return this.#handle(launched, options);
  }

  /** Launches a task once for each input, in few requests, each of which is launched whole or not at all. */
  async launchMany<Input, Result>(
    task: TaskLike<Input, Result>,
    inputs: Iterable<Input>,
    options: Omit<LaunchOptions, "idempotencyKey"> = {},
  ): Promise<TaskHandle<Result>[]> {
    const launched = await launchMany(this.#connection, this.#tasksJson(task, inputs, options), options.signal);
    return launched.map((each) => this.#handle<Result>(each, options));
  }

  /** Launches tasks as one taskset: any number of them, from any iterable, whole or not at all. */
  async launchTaskset<Input>(options: TasksetOptions<Input>): Promise<TasksetHandle> {
    const launched = await launchTaskset(this.#connection, options as TasksetOptions, this.#keys.next());
    const isDuplicate = launched.isDuplicate && options.idempotencyKey !== undefined;
    return new TasksetHandle(this.#connection, launched.taskset, { ...launched, isDuplicate });
  }

  /** The handle of a task that was launched before. */
  task<Result = unknown>(id: string): TaskHandle<Result> {
    return new TaskHandle<Result>(this.#waits, id);
  }

  /** The handle of a taskset that was launched before. */
  taskset(id: string): TasksetHandle {
    return new TasksetHandle(this.#connection, id);
  }

  /** Tasks, newest first, page by page as they are asked for. */
  tasks(query: Omit<TaskQuery, "cursor"> = {}, signal?: AbortSignal): AsyncGenerator<TaskView> {
    return items(this.#connection, "listTasks", { query, signal });
  }

  /** Tasksets, newest first, page by page as they are asked for. */
  tasksets(query: Omit<TasksetQuery, "cursor"> = {}, signal?: AbortSignal): AsyncGenerator<TasksetView> {
    return items(this.#connection, "listTasksets", { query, signal });
  }

  /** What was flaky of a class or of all, by class and key, page by page as it is asked for; each verdict only of a `key`. */
  flaky(query: Omit<FlakyQuery, "cursor"> = {}, signal?: AbortSignal): AsyncGenerator<FlakyView> {
    return items(this.#connection, "listFlaky", { query, signal });
  }

  /** What the tasks of a class are expected to take, by key, page by page as they are asked for. */
  estimates(query: Omit<EstimateQuery, "cursor">, signal?: AbortSignal): AsyncGenerator<EstimateView> {
    return items(this.#connection, "listEstimates", { query, signal });
  }

  /** @throws CapstanError `not-found`. */
  trial(trial: string, signal?: AbortSignal): Promise<TrialView> {
    return this.#connection.call("getTrial", { parameters: { trial }, signal });
  }

  /** What a trial gave, whatever its status, from wherever it is kept; undefined when it gave nothing. */
  trialOutput(trial: Pick<TrialView, "output" | "outputBlob">, signal?: AbortSignal): Promise<unknown> {
    return contentOf(this.#connection, trial, signal);
  }

  /** What a trial wrote, piece by piece; with `follow`, until it has ended. */
  logs(trial: string, options: LogOptions = {}): AsyncGenerator<LogChunk, void, undefined> {
    return followLog(this.#connection, trial, options);
  }

  /** What a trial wrote so far, as one text. */
  logText(trial: string, options: Omit<LogOptions, "follow"> = {}): Promise<string> {
    return logText(this.#connection, trial, options);
  }

  /** Every change of state as it is committed, resumed by itself when the connection breaks. */
  events(options: EventOptions = {}): AsyncGenerator<EventView, void, undefined> {
    return followEvents(this.#connection, options);
  }

  /** The engine at a glance. */
  status(signal?: AbortSignal): Promise<EngineStatus> {
    return this.#connection.call("engineStatus", { signal });
  }

  /** Whether the engine's process lives. */
  health(signal?: AbortSignal): Promise<Answer<"health">> {
    return this.#connection.call("health", { signal });
  }

  /** Whether the engine takes work. */
  ready(signal?: AbortSignal): Promise<Answer<"ready">> {
    return this.#connection.call("ready", { signal });
  }

  /** The engine's metrics in the text format of Prometheus. */
  metrics(signal?: AbortSignal): Promise<string> {
    return this.#connection.text("metrics", { headers: { accept: "text/plain" }, signal });
  }

  *#tasksJson<Input>(task: TaskLike<Input>, inputs: Iterable<Input>, options: LaunchOptions): Generator<string> {
    for (const input of inputs) yield this.#taskJson(task, input, options);
  }

  #taskJson(task: TaskLike, input: unknown, options: LaunchOptions = {}): string {
    const { signal: _signal, ...fields } = options;
    const key =
      fields.idempotencyKey === undefined
        ? { idempotencyKey: this.#keys.next(), idempotencyMs: automaticKeyMs }
        : undefined;
    const definition = nameOf(task);
    return toJson({ definition, input, ...fields, ...key }, `the launch of ${definition}`);
  }

  #handle<Result>({ task, isDuplicate }: Launched, options: LaunchOptions | undefined): TaskHandle<Result> {
    // With a key that nobody chose, the earlier launch was this one, and its answer was lost.
    return new TaskHandle(this.#waits, task, isDuplicate && options?.idempotencyKey !== undefined);
  }
}
