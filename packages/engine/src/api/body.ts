import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { CapstanError } from "@capstan/protocol";
import { parseJson } from "./json.js";

/** Teaches the server to read bodies: JSON whole, up to the body limit; other types only as streams of routes that take them. */
export function addBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    try {
      done(null, readJson(request, bytes as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  server.addContentTypeParser("*", (request, payload, done) => {
    try {
      done(null, takeStream(request, payload));
    } catch (error) {
      done(error as Error);
    }
  });
}

function readJson(request: FastifyRequest, bytes: Buffer): unknown {
  if (request.is404) return undefined;
  refuseEncoding(request);
  if (request.routeOptions.config.facts?.takesJson !== true) throw wrongType(request);
  return bytes.length === 0 ? undefined : parseJson(bytes);
}

function takeStream(request: FastifyRequest, payload: IncomingMessage): unknown {
  if (request.is404) return undefined;
  const facts = request.routeOptions.config.facts;
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const hasBody = request.headers["content-length"] !== "0" && request.headers["content-length"] !== undefined;
  if (type === undefined && !hasBody && request.headers["transfer-encoding"] === undefined) return undefined;
  refuseEncoding(request);
  const isTaken = facts?.streamTypes.some((taken) => taken === type) ?? false;
  if (!isTaken) throw wrongType(request);
  return payload;
}

function refuseEncoding(request: FastifyRequest): void {
  const encoding = request.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return;
  throw new CapstanError("unsupported-media-type", `a body encoded as "${encoding.slice(0, 40)}" is not understood`);
}

function wrongType(request: FastifyRequest): CapstanError {
  const facts = request.routeOptions.config.facts;
  const taken = [...(facts?.takesJson === true ? ["application/json"] : []), ...(facts?.streamTypes ?? [])];
  const given = request.headers["content-type"]?.slice(0, 100) ?? "none";
  const message =
    taken.length === 0
      ? `this call takes no body, and one of type ${given} came`
      : `the content type is ${given}; send ${taken.join(" or ")}`;
  return new CapstanError("unsupported-media-type", message, { details: { taken } });
}
