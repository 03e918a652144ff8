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
      if (announced > limits.blobBytesMax) throw tooLarge();
      const source = request.body === request.raw ? capped(bodyOf(request.raw)) : empty();
      const { bytes } = await operations.putBlob(namespace, parameters.digest, source);
      return { digest: parameters.digest, bytes };
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

async function* capped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.blobBytesMax) throw tooLarge();
    yield chunk;
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

function tooLarge(): CapstanError {
  const bytesMax = limits.blobBytesMax;
  return new CapstanError("too-large", `a blob has ${bytesMax} bytes at most`, { details: { bytesMax } });
}
