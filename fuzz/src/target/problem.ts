import fc from "fast-check";
import { readProblem } from "@capstan/client/decoder";
import { CapstanError, errorRegistry, isErrorCode, type ErrorCode } from "@capstan/protocol";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { stateless, type Target } from "./target.js";

const codes = Object.keys(errorRegistry) as ErrorCode[];
const problem = fc.oneof(
  fc.constantFrom(...codes).map((code) => new CapstanError(code, "what is wrong here").toProblem()),
  fc.record(
    { code: fc.oneof(fc.constantFrom(...codes), anyText), detail: anyJson, details: anyJson },
    { requiredKeys: ["code"] },
  ),
);
const statuses = [400, 401, 404, 409, 413, 429, 500, 502, 503, 504, 418];

/** Whatever an engine, or a proxy in between, answers with an error status becomes a typed error of bounded size. */
export const problemAnswer: Target = {
  name: "problem",
  kind: "body",
  share: 3,
  jsonAt: 0,
  words: codes,
  seeds: jsonSeeds(problem),
  open: stateless(async (input) => {
    const text = textOf(input);
    for (const status of [statuses[text.length % statuses.length]!]) {
      const response = { status, headers: new Headers({ "retry-after": text.slice(0, 3).replace(/[^\d.]/g, "") }) };
      check(await readProblem({ ...response, text: async () => text } as unknown as Parameters<typeof readProblem>[0]));
    }
    check(CapstanError.fromProblem(parse(text)));
  }),
};

function check(error: CapstanError): void {
  if (!isErrorCode(error.code)) broken("a code that is in no registry", error.code);
  if (typeof error.message !== "string" || error.message === "") broken("a message that is none", error.message);
  if (
    error.details !== undefined &&
    (typeof error.details !== "object" || error.details === null || Array.isArray(error.details))
  )
    broken("details that are no object", error.details);
  JSON.stringify(error.toProblem());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
