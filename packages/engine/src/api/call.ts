import type Type from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { RouteName, routes } from "@capstan/protocol";

type Table = typeof routes;
type StaticOf<N extends RouteName, F extends string, Else> =
  Table[N] extends Readonly<Record<F, infer S extends Type.TSchema>> ? Type.Static<S> : Else;

type ParameterOf<P extends string> = P extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Tail}`
    ? Name | ParameterOf<Tail>
    : Rest
  : never;

/** What was asked for, checked against the route's schemas. */
export interface Call<N extends RouteName> {
  readonly namespace: string;
  readonly parameters: { readonly [K in ParameterOf<Table[N]["path"]>]: string };
  readonly query: StaticOf<N, "query", undefined>;
  readonly body: StaticOf<N, "body", undefined>;
  /** Aborted when the client has gone or the server closes; made when it is first asked for. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A value that may be read but not written, all the way down. */
export type Frozen<T> = T extends readonly (infer U)[]
  ? readonly Frozen<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** What a handler gives that has answered by itself; not the reply, which is thenable and would be waited for. */
export const sent = { isSent: true } as const;
export type Sent = typeof sent;

/** What a handler gives: the answer of the route's schema, or `sent`. */
export type AnswerOf<N extends RouteName> = Frozen<StaticOf<N, "answer", never>> | Sent;

export type Handler<N extends RouteName> = (call: Call<N>) => AnswerOf<N> | Promise<AnswerOf<N>>;

/** One handler a route: a route without one does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };
