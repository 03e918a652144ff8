import { Readable } from "node:stream";
import { CapstanError, limits } from "@capstan/protocol";
import { sent, type Call, type Handlers } from "../call.js";
import type { ApiContext } from "../context.js";
import { bodyOf } from "../request-body.js";

/** Blobs by digest: which are missing, store one, read one. Bytes pass through; none is held whole. */
export function blobHandlers({ operations }: ApiContext) {
  return {
    missingBlobs: async ({ namespace, body }) => ({
      digests: await operations.missingBlobs(namespace, body.digests),
    }),
    putBlob: async ({ namespace, parameters, request }) => {
      const announced = Number(request.headers["content-length"] ?? 0);
      if (announced > limits.blobBytesMax) throw tooLarge("a blob", limits.blobBytesMax);
      const source =
        request.body === request.raw ? capped("a blob", bodyOf(request.raw), limits.blobBytesMax) : empty();
      const { bytes } = await operations.putBlob(namespace, parameters.digest, source);
      return { digest: parameters.digest, bytes };
    },
    putPack: async ({ namespace, request }) => {
      const source =
        request.body === request.raw ? capped("a pack", bodyOf(request.raw), limits.packBytesMax) : empty();
      const { blobs } = await operations.putPack(namespace, source);
      return { blobs };
    },
    getPack: async ({ namespace, body, reply }) => {
      const stream = Readable.from(await operations.openPack(namespace, body.blobs), { objectMode: false });
      reply.status(200).header("content-type", "application/octet-stream").send(stream);
      return sent;
    },
    getBlob: (call) => sendBlob({ operations }, call),
  } satisfies Partial<Handlers>;
}

async function sendBlob({ operations }: Pick<ApiContext, "operations">, call: Call<"getBlob">) {
  const { namespace, parameters, request, reply } = call;
  const tag = `"${parameters.digest}"`;
  const bytes = await operations.openBlob(namespace, parameters.digest);
  reply
    .header("etag", tag)
    .header("cache-control", "private, max-age=31536000, immutable")
    .header("x-content-type-options", "nosniff");
  const stream = Readable.from(bytes, { objectMode: false });
  if (request.headers["if-none-match"] === tag) {
    stream.destroy();
    reply.status(304).send();
    return sent;
  }
  reply.status(200).header("content-type", "application/octet-stream").send(stream);
  return sent;
}

async function* capped(what: string, source: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(what, bytesMax);
    yield chunk;
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

function tooLarge(what: string, bytesMax: number): CapstanError {
  return new CapstanError("too-large", `${what} has ${bytesMax} bytes at most: send it in smaller parts`, {
    details: { bytesMax },
  });
}
