import {
  CapstanError,
  excerpt,
  isDeeper,
  limits,
  makeCheck,
  routePath,
  routes,
  toCapstanError,
  type BlobRef,
  type Clock,
  type Manifest,
  type Random,
  type RevisionView,
  type RouteName,
  type Workspace,
} from "@capstan/protocol";
import { Backoff } from "../session/backoff.js";
import type { BlobAccess } from "../slot/blob-access.js";
import { digestOf } from "./revision-digest.js";

/** The part of the platform's `fetch` that a worker uses. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}

export interface EngineHttpOptions {
  /** Addresses of the engine, tried in turn. */
  readonly urls: readonly string[];
  readonly namespace: string;
  readonly token?: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a call is tried again, in ms. */
  readonly retryMs: number;
  /** How long one try may take, in ms. */
  readonly tryMs: number;
}

interface Call {
  readonly route: RouteName;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly bodyType?: string;
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
}

const checkRevision = makeCheck(routes.getRevision.answer, "the engine's answer", "internal");
const checkTaskset = makeCheck(routes.getTaskset.answer, "the engine's answer", "internal");
const checkDeployed = makeCheck(routes.deployRevision.answer, "the engine's answer", "internal");

/** What a worker asks of its engine over HTTP: revisions, and everything too large for a frame. */
export class EngineHttp implements BlobAccess {
  readonly #options: EngineHttpOptions;
  readonly #aborted = new AbortController();
  #tries = 0;

  constructor(options: EngineHttpOptions) {
    this.#options = options;
  }

  /** Ends all calls under way. */
  close(): void {
    this.#aborted.abort(new CapstanError("shutting-down", "the worker is closed"));
  }

  /** @throws CapstanError `unknown-revision`, `unreachable`. */
  async getManifest(revision: string): Promise<Manifest> {
    const answer = await this.#call({ route: "getRevision", parameters: { revision } }, textOf);
    const { manifest } = checkRevision(parse(answer, "answer"));
    if (manifest === undefined) throw new CapstanError("internal", `the engine sent no manifest of ${revision}`);
    return manifest;
  }

  /** The bytes of a blob. @throws CapstanError `digest-mismatch` when they are not what their digest says. */
  async getBytes({ digest, bytes }: BlobRef, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const content = await this.#call({ route: "getBlob", parameters: { digest }, signal }, bytesOf);
    if (content.byteLength !== bytes || digestOf(content) !== digest) {
      throw new CapstanError("digest-mismatch", `the engine sent ${content.byteLength} bytes that are not ${digest}`);
    }
    return content;
  }

  /** Several blobs in one pack. @throws CapstanError `blob-missing`, `unreachable`; the signal's reason. */
  getPack(blobs: readonly BlobRef[], signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const body = JSON.stringify({ blobs });
    return this.#call({ route: "getPack", parameters: {}, body, bodyType: "application/json", signal }, bytesOf);
  }

  /** The workspace of a taskset. @throws CapstanError `not-found`: it has none, or is gone; the signal's reason. */
  async getWorkspace(taskset: string, signal?: AbortSignal): Promise<Workspace> {
    const answer = await this.#call({ route: "getTaskset", parameters: { taskset }, signal }, textOf);
    const { workspace } = checkTaskset(parse(answer, "answer"));
    if (workspace === undefined) throw new CapstanError("not-found", `the taskset ${taskset} has no workspace`);
    return workspace;
  }

  async getJson(ref: BlobRef, signal?: AbortSignal): Promise<unknown> {
    return parse(Buffer.from(await this.getBytes(ref, signal)).toString("utf8"), "blob");
  }

  async put(text: string): Promise<string> {
    const body = new TextEncoder().encode(text);
    const digest = digestOf(body);
    const call = { route: "putBlob", parameters: { digest }, body, bodyType: "application/octet-stream" } as const;
    await this.#call(call, textOf);
    return digest;
  }

  /** Deploys a revision that has no files. Deploying what is deployed changes nothing. */
  async deploy(manifest: Manifest): Promise<RevisionView> {
    const call: Call = {
      route: "deployRevision",
      parameters: { plugin: manifest.plugin },
      body: JSON.stringify({ manifest, isDefault: true }),
      bodyType: "application/json",
    };
    return checkDeployed(parse(await this.#call(call, textOf), "answer"));
  }

  async #call<T>(call: Call, read: ReadBody<T>): Promise<T> {
    const { clock, random, retryMs } = this.#options;
    const signals = [this.#aborted.signal, call.signal].filter((each) => each !== undefined);
    const signal = AbortSignal.any(signals);
    const backoff = new Backoff(random);
    const endMs = clock.monotonicMs() + retryMs;
    for (;;) {
      try {
        return await this.#try(call, read, signal);
      } catch (error) {
        signal.throwIfAborted();
        const failure = toCapstanError(error);
        const delayMs = backoff.nextMs();
        if (!failure.retryable || clock.monotonicMs() + delayMs > endMs) throw failure;
        await this.#sleep(delayMs, signal);
      }
    }
  }

  /** One try, from the request to the last byte of the answer: a body that stops half-way is no answer either. */
  async #try<T>({ route, parameters, body, bodyType }: Call, read: ReadBody<T>, given: AbortSignal): Promise<T> {
    const { urls, namespace, token, fetch } = this.#options;
    const base = urls[this.#tries % urls.length]!;
    const headers: Record<string, string> = {};
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    if (bodyType !== undefined) headers["content-type"] = bodyType;
    const { method } = routes[route];
    const limit = this.#limit(given);
    const init = { method, headers, signal: limit.signal, ...(body === undefined ? {} : { body }) };
    let problem: CapstanError;
    try {
      const answer = await fetch(base + routePath(route, parameters, namespace), init);
      if (answer.ok) return await read(answer);
      problem = problemOf(await answer.text(), answer.status);
    } catch (cause) {
      this.#tries += 1;
      throw new CapstanError("unreachable", `${method} ${route} got no answer from ${base}`, { cause });
    } finally {
      limit.end();
    }
    throw problem;
  }

  /** What gives one try up. Held by its timer: a signal of `AbortSignal.timeout` within `AbortSignal.any` may be collected before it fires. */
  #limit(given: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
    const { clock, tryMs } = this.#options;
    const controller = new AbortController();
    const follow = (): void => controller.abort(given.reason);
    const timer = clock.setTimer(tryMs, () => controller.abort(new Error(`no answer within ${tryMs} ms`)));
    if (given.aborted) follow();
    else given.addEventListener("abort", follow, { once: true });
    const end = (): void => {
      timer.cancel();
      given.removeEventListener("abort", follow);
    };
    return { signal: controller.signal, end };
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel();
        reject(signal.reason as Error);
      };
      const timer = this.#options.clock.setTimer(delayMs, () => {
        signal.removeEventListener("abort", end);
        resolve();
      });
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    });
  }
}

type ReadBody<T> = (answer: FetchAnswer) => Promise<T>;

const textOf: ReadBody<string> = (answer) => answer.text();
const bytesOf: ReadBody<Uint8Array<ArrayBuffer>> = async (answer) => new Uint8Array(await answer.arrayBuffer());

const remedy = "check that the address is an engine's";
/** What an engine took from somebody is a little deeper in its answer. */
const depthMax = limits.jsonDepthMax + 10;

/** @throws CapstanError `internal`: what is no JSON, or nested without end, does not come from an engine. */
function parse(text: string, what: string): unknown {
  if (isDeeper(text, depthMax)) throw new CapstanError("internal", `the ${what} is nested too deep: ${remedy}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CapstanError("internal", `the ${what} is no JSON (${excerpt(text, 60)}): ${remedy}`, { cause });
  }
}

function problemOf(text: string, status: number): CapstanError {
  try {
    return CapstanError.fromProblem(JSON.parse(text), status);
  } catch {
    return CapstanError.fromProblem(undefined, status);
  }
}
