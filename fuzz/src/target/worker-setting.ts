import fc from "fast-check";
import { validate, withDefaults, type WorkerOptions } from "@capstan/worker/decoder";
import { workerUrl } from "@capstan/worker";
import { Hello, makeCheck, protocolVersion, type Runtime } from "@capstan/protocol";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const options = fc.record(
  {
    engine: fc.oneof(
      fc.webUrl(),
      fc.constantFrom("http://127.0.0.1:7717", "ws://x", "x:1"),
      fc.array(fc.webUrl(), { maxLength: 2 }),
    ),
    namespace: fc.oneof(fc.constant("default"), anyText),
    token: anyText,
    name: fc.oneof(fc.constant("one"), anyText),
    labels: fc.array(fc.oneof(fc.constantFrom("gpu", "os:linux"), anyText), { maxLength: 3 }),
    slots: fc.oneof(fc.nat({ max: 5_000 }), fc.double()),
    runtimes: fc.array(fc.constantFrom("node", "command", "inline", "wasm"), { maxLength: 3 }),
    folder: anyText,
    limits: fc.record({ lingerMs: fc.double(), setupMs: fc.integer() }, { requiredKeys: [] }),
  },
  { requiredKeys: ["engine"] },
);
const checkHello = makeCheck(Hello, "hello");

/** Settings of a worker: refused by name, or such that it can say hello with them. */
export const workerSetting: Target = {
  name: "worker-setting",
  kind: "body",
  jsonAt: 0,
  words: ['"engine":', '"slots":', '"labels":[', '"runtimes":["node"]', '"name":', "http://"],
  seeds: fc.oneof(jsonSeeds(options), jsonSeeds(anyJson)),
  open: stateless((input) => {
    let given: unknown;
    try {
      given = JSON.parse(textOf(input));
    } catch {
      return;
    }
    if (!isTyped(given)) return;
    const outcome = decode(() => {
      const config = withDefaults(given);
      validate(config);
      return config;
    }, ["invalid-config"]);
    if ("refused" in outcome) return;
    const { name, labels, slots, runtimes, engines, namespace } = outcome.value;
    const hello = {
      type: "hello",
      protocol: protocolVersion,
      name,
      labels,
      slots,
      runtimes,
      revisions: [],
      trials: [],
    };
    const taken = decode(() => checkHello(hello), ["invalid-request"]);
    if ("refused" in taken) broken("an engine refuses the hello of a worker that started", taken.refused.message);
    for (const engine of engines)
      if (!URL.canParse(workerUrl(engine, namespace))) broken("an address that cannot be called", engine);
  }),
};

/** What the compiler of a caller lets pass: the rest is no input from outside. */
function isTyped(value: unknown): value is WorkerOptions {
  if (typeof value !== "object" || value === null) return false;
  const { engine, namespace, token, name, labels, slots, runtimes, folder, limits, ...rest } = value as Record<
    string,
    unknown
  >;
  const isText = (text: unknown): boolean => text === undefined || typeof text === "string";
  const isTexts = (list: unknown): list is Runtime[] =>
    Array.isArray(list) && list.every((text) => typeof text === "string");
  return (
    Object.keys(rest).length === 0 &&
    (typeof engine === "string" || isTexts(engine)) &&
    [namespace, token, name, folder].every(isText) &&
    (labels === undefined || isTexts(labels)) &&
    (runtimes === undefined || isTexts(runtimes)) &&
    (slots === undefined || typeof slots === "number") &&
    (limits === undefined || (typeof limits === "object" && limits !== null))
  );
}
