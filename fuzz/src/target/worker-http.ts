import fc from "fast-check";
import { CapstanError, commandPlugin, errorRegistry, routes, type ErrorCode } from "@capstan/protocol";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { digestOf } from "@capstan/worker";
import { EngineHttp, type FetchAnswer } from "@capstan/worker/decoder";
import { fromSchema } from "../generate/from-schema.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { bytesOf, textOf, type ByteString } from "../input/byte-string.js";
import { stateless, type Target } from "./target.js";

const view = fromSchema(plainSchema(routes.getRevision.answer));
const codes = Object.keys(errorRegistry) as ErrorCode[];
const problem = fc.constantFrom(...codes).map((code) => new CapstanError(code, "what is wrong").toProblem());
const statuses = [200, 200, 201, 400, 404, 500, 503];

/** What a worker makes of whatever it is answered over HTTP: a value, or a typed error. The first byte says what it asks. */
export const workerHttp: Target = {
  name: "worker-http",
  kind: "body",
  jsonAt: 1,
  words: ['"manifest":', '"id":"rev_', '"code":"', '"digest":"sha256:'],
  seeds: fc
    .tuple(fc.nat({ max: 255 }), fc.oneof(jsonSeeds(view), jsonSeeds(problem)))
    .map(([first, rest]) => String.fromCharCode(first) + rest),
  open: stateless(async (input) => {
    const first = input.charCodeAt(0) || 0;
    const body = input.slice(1);
    const http = httpOf(statuses[first % statuses.length]!, body);
    try {
      await calls[(first >> 3) % calls.length]!(http, body);
    } catch (thrown) {
      if (!(thrown instanceof CapstanError)) throw thrown;
    }
  }),
};

const calls: readonly ((http: EngineHttp, body: ByteString) => Promise<unknown>)[] = [
  (http) => http.getManifest(`rev_${"0".repeat(26)}`),
  (http, body) => http.getBytes({ digest: digestOf(bytesOf(body)), bytes: body.length }),
  (http, body) => http.getJson({ digest: digestOf(bytesOf(body)), bytes: body.length }),
  (http) => http.deploy(commandPlugin),
];

/** No call is tried again: the answer would be the same. */
function httpOf(status: number, body: ByteString): EngineHttp {
  const answer: FetchAnswer = {
    ok: status < 300,
    status,
    text: async () => textOf(body),
    arrayBuffer: async () => new Uint8Array(bytesOf(body)).buffer,
  };
  return new EngineHttp({
    urls: ["http://engine"],
    namespace: "default",
    fetch: async () => answer,
    clock: new VirtualClock(),
    random: new SeededRandom(1),
    retryMs: -1,
    tryMs: 60_000,
  });
}
