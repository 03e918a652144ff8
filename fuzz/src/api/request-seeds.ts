import fc from "fast-check";
import { fromSchema, type SchemaLike } from "../generate/from-schema.js";
import { anyText, anyJson } from "../generate/hostile.js";
import { operations, resolve, type Operation } from "./document.js";

const kinds = ["task", "taskset", "trial", "revision", "digest", "worker"];
const refer = (reference: string): SchemaLike => resolve(reference) as SchemaLike;
const definition = fc.constantFrom(
  "demo/echo",
  "demo/echo",
  "demo/fail",
  "demo/wait",
  "command/run",
  "demo/none",
  "none/run",
);
const launch = fc.record(
  {
    definition,
    input: fc.oneof(fc.constant({ command: "true" }), anyJson),
    key: anyText,
    idempotencyKey: fc.constantFrom("a", "b"),
    delayMs: fc.constantFrom(0, 5),
    profile: fc.constantFrom("job", "test"),
  },
  { requiredKeys: ["definition", "input"] },
);
/** Bodies that get past the schemas. */
const sensible: Readonly<Record<string, fc.Arbitrary<object>>> = {
  launchTask: launch,
  launchTasks: fc.record({ tasks: fc.array(launch, { minLength: 1, maxLength: 3 }) }),
  launchTaskset: fc.record(
    {
      definition,
      name: fc.constantFrom("one", "two"),
      tasks: fc.array(fc.record({ input: anyJson }), { minLength: 1, maxLength: 3 }),
      limits: fc.constantFrom({}, { maxSlots: 1 }),
    },
    { requiredKeys: ["definition", "tasks"] },
  ),
  deployRevision: fc.nat({ max: 3 }).map((version) => ({
    manifest: {
      manifestVersion: 1,
      plugin: "extra",
      version: String(version),
      runtime: "command",
      command: ["true"],
      files: [],
      definitions: [{ name: "run" }],
    },
  })),
  switchDefault: fc.record({ revision: fc.constantFrom("1", "none") }),
  quarantineWorker: fc.record({
    scope: fc.constantFrom("plugin", "taskset"),
    name: fc.constantFrom("demo", "x"),
    forMs: fc.nat({ max: 5 }),
  }),
  liftQuarantine: fc.record({ scope: fc.constantFrom("plugin", "taskset"), name: fc.constantFrom("demo", "x") }),
};

/** Requests of a call: by its schemas, and such that get past them. */
function requestsOf({ id, parameters, body }: Operation): fc.Arbitrary<object> {
  const path = parameters.filter((one) => one.in === "path").map(({ name }) => [name, parameterOf(name)] as const);
  const query = parameters
    .filter((one) => one.in === "query")
    .map(({ name, schema }) => [name, queryOf(name, schema)] as const);
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    op: fc.constant(id),
    path: fc.record(Object.fromEntries(path), { noNullPrototype: true }),
    query: fewOf(query),
  };
  const json = body["application/json"];
  if (json !== undefined) fields["body"] = fc.oneof(sensible[id] ?? fc.constant({}), fromSchema(json.schema, refer));
  const stream = Object.keys(body).find((type) => type !== "application/json");
  if (stream === undefined) return fc.record(fields);
  return fc.oneof(fc.record(fields), fc.record({ ...fields, type: fc.constant(stream), raw: rawOf(stream) }));
}

/** A few of the fields: a query with all of them is refused for one of them nearly always. */
function fewOf(fields: readonly (readonly [string, fc.Arbitrary<unknown>])[]): fc.Arbitrary<unknown> {
  return fc
    .subarray([...fields], { maxLength: Math.min(2, fields.length) })
    .chain((few) => fc.record(Object.fromEntries(few), { noNullPrototype: true }));
}

function parameterOf(name: string): fc.Arbitrary<unknown> {
  if (name === "namespace")
    return fc.oneof({ weight: 12, arbitrary: fc.constant("default") }, { weight: 1, arbitrary: anyText });
  const real =
    name === "plugin"
      ? fc.constantFrom("demo", "command", "extra", "none")
      : fc.constant(name === "digest" ? "@body" : `@${name}`);
  return fc.oneof(
    { weight: 8, arbitrary: real },
    { weight: 1, arbitrary: fc.constantFrom(...kinds.map((kind) => `@${kind}`)) },
    { weight: 1, arbitrary: anyText },
  );
}

function queryOf(name: string, schema: SchemaLike): fc.Arbitrary<unknown> {
  if (name === "waitMs") return fc.constantFrom(0, 1, 5);
  if (name === "follow") return fc.constantFrom(false, false, true);
  return fc.oneof({ weight: 4, arbitrary: fromSchema(schema, refer) }, { weight: 1, arbitrary: anyText });
}

function rawOf(type: string): fc.Arbitrary<string> {
  if (!type.endsWith("ndjson")) return anyText;
  const line = fc.oneof(fc.record({ input: anyJson }), anyJson).map((value) => JSON.stringify(value));
  return fc
    .tuple(fc.constantFrom('{"definition":"demo/echo"}', "{}", "7"), fc.array(line, { maxLength: 4 }))
    .map(([head, rest]) => [head, ...rest].join("\n"));
}

const anyPath = fc.record({
  op: fc.constantFrom("engineStatus", "launchTask", "getTask"),
  url: fc.oneof(
    fc.webPath(),
    fc.constantFrom("/", "/v1", "/openapi.json", "/v1/namespaces/default/worker", "/v1/namespaces/%00/tasks", "/%"),
    anyText.map((text) => `/v1/namespaces/${text}`),
  ),
});

/** Requests of every call. */
export const requests: fc.Arbitrary<object> = fc.oneof(
  { weight: 12, arbitrary: fc.oneof(...operations.map(requestsOf)) },
  { weight: 4, arbitrary: fc.oneof(...operations.filter(({ id }) => id.startsWith("launch")).map(requestsOf)) },
  { weight: 1, arbitrary: anyPath },
);
