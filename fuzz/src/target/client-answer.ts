import fc from "fast-check";
import { Capstan } from "@capstan/client";
import { CapstanError, routes, type Clock } from "@capstan/protocol";
import { fromSchema } from "../generate/from-schema.js";
import { anyJson } from "../generate/hostile.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { bytesOf, type ByteString } from "../input/byte-string.js";
import { pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";

const status = fromSchema(plainSchema(routes.engineStatus.answer));
const event = fromSchema(
  plainSchema({
    type: "object",
    properties: { cursor: { type: "string" }, type: { type: "string" }, atMs: { type: "integer" } },
  }),
);
const events = fc
  .array(fc.oneof(event, anyJson), { maxLength: 4 })
  .map((list) => list.map((data, at) => `id: ${at}\ndata: ${JSON.stringify(data)}\n\n`).join(""));
const httpStatuses = [200, 200, 200, 201, 404, 429, 500, 503];

/**
 * What a client makes of whatever it is answered, as by a proxy, or something that is no engine: a value, or a typed
 * error. The first byte says which call it is and with which status it is answered.
 */
export const clientAnswer: Target = {
  name: "client-answer",
  kind: "body",
  jsonAt: 1,
  seeds: fc
    .tuple(
      fc.nat({ max: 255 }),
      fc.oneof(jsonSeeds(status), events, jsonSeeds(fc.constant({ code: "overloaded", detail: "x" }))),
    )
    .map(([first, rest]) => String.fromCharCode(first) + rest),
  words: ["data: {}\n\n", "event: problem\n", "id: 1\n", '"code":"not-found"', "\n\n"],
  open: stateless(async (input) => {
    const first = input.charCodeAt(0) || 0;
    const client = clientOf(httpStatuses[first % httpStatuses.length]!, input.slice(1));
    const call = calls[(first >> 3) % calls.length]!;
    try {
      await call(client);
    } catch (thrown) {
      if (!(thrown instanceof CapstanError)) throw thrown;
    }
  }),
};

/** Delays between tries pass at once, and nothing is ever so late that it is given up. */
const hastyClock: Clock = {
  monotonicMs: () => 0,
  wallMs: () => 0,
  setTimer(delayMs, callback) {
    if (delayMs > 15_000) return { cancel: () => {} };
    const handle = setImmediate(callback);
    return { cancel: () => clearImmediate(handle) };
  },
};

const trial = `trial_${"0".repeat(22)}_1`;
const calls: readonly ((client: Capstan) => Promise<unknown>)[] = [
  (client) => client.status(),
  (client) => client.health(),
  (client) => client.logText(trial),
  async (client) => {
    const seen = [];
    for await (const one of client.events({ after: "1-1-1" })) if (seen.push(one) === 4) break;
    return seen;
  },
];

/** No try is repeated: the second would be answered the same. */
function clientOf(code: number, body: ByteString): Capstan {
  let answered = 0;
  return new Capstan({
    url: "http://engine.example",
    token: "t",
    clock: hastyClock,
    retry: { triesMax: 1, totalMs: 0 },
    fetch: async () => {
      answered += 1;
      if (answered > 1) return new Response('{"code":"not-found","detail":"answered before"}', { status: 404 });
      return new Response(streamOf(body), { status: code });
    },
  });
}

function streamOf(body: ByteString): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces(bytesOf(body)));
}
