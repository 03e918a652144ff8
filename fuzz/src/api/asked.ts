import { createHash } from "node:crypto";
import { broken } from "../invariant/broken.js";
import { operations, type Operation } from "./document.js";

/** A request as an input describes it: JSON, so that it can be changed as a structure. Every field may be of any type. */
export interface Asked {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly query?: unknown;
  readonly type?: unknown;
  readonly body?: unknown;
  /** In place of the JSON of `body`. */
  readonly raw?: unknown;
  /** In place of the operation's own path. */
  readonly url?: unknown;
  readonly headers?: unknown;
}

/** A request that can be made. */
export interface Call {
  readonly operation: Operation;
  readonly url: string;
  /** The address is not that of the operation: one was given, or a part such as `..` leads elsewhere. */
  readonly isElsewhere: boolean;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

const byId = new Map(operations.map((operation) => [operation.id, operation]));
const origin = "http://127.0.0.1";
/** Names that only the engine and its connections use. */
const ownHeaders =
  /^(host|content-length|transfer-encoding|connection|expect|upgrade|trailer|authorization|content-type)$/i;

/** Makes the request of a description; undefined when it names no operation or cannot be sent at all. */
export function callOf(asked: Asked, real: (kind: string) => string | undefined): Call | undefined {
  const operation = byId.get(String(asked.op));
  if (operation === undefined) return undefined;
  const body = bodyOf(operation, asked);
  const parameters = fieldsOf(asked.path);
  const value = (name: string): string => {
    const given = parameters[name];
    if (given === "@body")
      return `sha256:${createHash("sha256")
        .update(body ?? "")
        .digest("hex")}`;
    return given?.startsWith("@") ? (real(given.slice(1)) ?? given) : (given ?? "default");
  };
  const path = operation.path.replace(/\{([a-z]+)\}/g, (_, name: string) => encodePart(value(name)));
  const url = typeof asked.url === "string" ? asked.url : path + queryOf(asked.query);
  if (!URL.canParse(url, origin) || !url.startsWith("/") || url.startsWith("//")) return undefined;
  const headers = headersOf(asked);
  if (headers === undefined) return undefined;
  const isElsewhere = typeof asked.url === "string" || new URL(url, origin).pathname !== path;
  return { operation, url: origin + url, isElsewhere, headers, body };
}

function bodyOf(operation: Operation, asked: Asked): string | undefined {
  if (operation.method === "GET") return undefined;
  if (asked.raw !== undefined) return textOf(asked.raw);
  return asked.body === undefined ? undefined : JSON.stringify(asked.body);
}

function fieldsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, textOf(field)]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function encodePart(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString("utf8")).replaceAll(".", "%2E");
}

function queryOf(query: unknown): string {
  const pairs = Object.entries(fieldsOf(query));
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

function headersOf({ type, headers, raw, body }: Asked): Record<string, string> | undefined {
  const given = Object.entries(fieldsOf(headers)).filter(([name]) => !ownHeaders.test(name));
  if (raw !== undefined || body !== undefined) given.push(["content-type", textOf(type ?? "application/json")]);
  try {
    return Object.fromEntries(new Headers(given));
  } catch {
    return undefined;
  }
}

/** @throws BrokenInvariant when the document has no call of that name. */
export function operationOf(id: string): Operation {
  return byId.get(id) ?? broken("no such call", id);
}
