import { CapstanError, excerpt, routePath, routes, type ErrorCode, type RouteName } from "@capstan/protocol";
import type Type from "typebox";
import type { FetchRequest, FetchResponse } from "./fetch.js";
import { readProblem } from "./read-problem.js";
import { retry, type RetryPolicy } from "./retry.js";
import type { Settings } from "./settings.js";
import { TryGuard } from "./try-guard.js";

/** What a route answers. */
export type Answer<N extends RouteName> = (typeof routes)[N] extends { readonly answer: infer S extends Type.TSchema }
  ? Type.Static<S>
  : never;

/** A body in one of its forms, made anew for every try. */
export interface Body {
  readonly type: string;
  readonly make: () => string | Uint8Array | ReadableStream<Uint8Array>;
}

export interface CallOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  readonly signal?: AbortSignal | undefined;
  /** Time for one try beyond the client's default, for answers that are meant to take long. */
  readonly extraMs?: number;
  readonly retry?: RetryPolicy | undefined;
  /** Errors that say, on a later try, that an earlier one took effect although its answer was lost. */
  readonly doneCodes?: readonly ErrorCode[];
}

export function jsonBody(value: unknown): Body {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { type: "application/json", make: () => text };
}

/** An answer whose body is still to be read. */
export interface OpenAnswer {
  readonly response: FetchResponse;
  readonly guard: TryGuard;
}

/** Speaks the routes of the API: addresses, headers, time limits, errors by code, and retries. */
export class Connection {
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Calls a route and gives its answer; undefined when an earlier try turns out to have done it (see `doneCodes`). */
  async callOrDone<N extends RouteName>(route: N, options: CallOptions = {}): Promise<Answer<N> | undefined> {
    return this.#retry(options, async (n) => {
      try {
        return await this.#exchange(route, options, async (response) => parseAnswer<N>(await response.text()));
      } catch (error) {
        const isDone = n > 1 && error instanceof CapstanError && options.doneCodes?.includes(error.code) === true;
        if (isDone) return undefined;
        throw error;
      }
    });
  }

  /** Calls a route and gives its answer. */
  async call<N extends RouteName>(route: N, options: Omit<CallOptions, "doneCodes"> = {}): Promise<Answer<N>> {
    return (await this.callOrDone(route, options)) as Answer<N>;
  }

  /** Calls a route that answers with text. */
  async text(route: RouteName, options: CallOptions = {}): Promise<string> {
    return this.#retry(options, () => this.#exchange(route, options, (response) => response.text()));
  }

  /** Calls a route that answers with bytes. */
  async bytes(route: RouteName, options: CallOptions = {}): Promise<Uint8Array> {
    return this.#retry(options, () =>
      this.#exchange(route, options, async (response) => new Uint8Array(await response.arrayBuffer())),
    );
  }

  /** Tries a route once, up to the head of its answer. The caller reads the body and releases the guard. */
  async open(route: RouteName, options: CallOptions = {}): Promise<OpenAnswer> {
    const guard = this.#guard(options);
    try {
      const response = await this.#fetch(route, options, guard);
      guard.stopTimer();
      return { response, guard };
    } catch (error) {
      guard.release();
      throw guard.explain(error);
    }
  }

  async #exchange<T>(
    route: RouteName,
    options: CallOptions,
    read: (response: FetchResponse) => Promise<T>,
  ): Promise<T> {
    const guard = this.#guard(options);
    try {
      return await read(await this.#fetch(route, options, guard));
    } catch (error) {
      const reason = guard.explain(error);
      // A refusal may come while the body is still being sent.
      guard.abort();
      throw reason;
    } finally {
      guard.release();
    }
  }

  async #fetch(route: RouteName, options: CallOptions, guard: TryGuard): Promise<FetchResponse> {
    const { url, namespace } = this.settings;
    checkParameters(options.parameters);
    const path = routePath(route, options.parameters, namespace);
    const response = await this.settings.fetch(
      url + path + queryText(options.query),
      this.#request(route, options, guard),
    );
    if (response.status >= 400) throw await readProblem(response);
    return response;
  }

  #request(route: RouteName, options: CallOptions, guard: TryGuard): FetchRequest {
    const { method } = routes[route];
    const headers: Record<string, string> = { accept: "application/json", ...options.headers };
    if (this.settings.token !== undefined) headers["authorization"] = `Bearer ${this.settings.token}`;
    // Every POST has a body, an empty object where there is nothing to say.
    const given = options.body ?? (method === "POST" ? jsonBody({}) : undefined);
    if (given === undefined) return { method, headers, signal: guard.signal };
    headers["content-type"] = given.type;
    const body = given.make();
    const isStream = typeof body !== "string" && !(body instanceof Uint8Array);
    return { method, headers, signal: guard.signal, body, ...(isStream ? { duplex: "half" as const } : {}) };
  }

  #guard({ signal, extraMs = 0 }: CallOptions): TryGuard {
    const { clock, timeoutMs, url } = this.settings;
    return new TryGuard({ clock, timeoutMs: timeoutMs + extraMs, signal, url });
  }

  #retry<T>(options: CallOptions, work: (n: number) => Promise<T>): Promise<T> {
    const { clock, random, retry: policy } = this.settings;
    return retry(work, options.retry ?? policy, { clock, random, signal: options.signal });
  }
}

/** Texts that a URL would swallow, so that another route would be called, and those that it cannot hold. */
function checkParameters(parameters: CallOptions["parameters"] = {}): void {
  for (const [name, text] of Object.entries(parameters)) {
    if (!["", ".", ".."].includes(text) && !/\p{Surrogate}/u.test(text)) continue;
    throw new CapstanError("invalid-id", `${JSON.stringify(excerpt(text))} is no ${name}: pass its id or name`);
  }
}

function parseAnswer<N extends RouteName>(text: string): Answer<N> {
  try {
    return JSON.parse(text) as Answer<N>;
  } catch (error) {
    const remedy = "check that the address is an engine's";
    throw new CapstanError("internal", `the answer is no JSON (${text.slice(0, 60)}): ${remedy}`, { cause: error });
  }
}

function queryText(query: CallOptions["query"] = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}
