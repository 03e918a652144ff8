import { errorRegistry, Name, routes, type ErrorCode, type Route, type RouteName } from "@capstan/protocol";
import { serverPath } from "./add-route.js";
import { SchemaNames } from "./openapi-schema.js";
import { errorsOf } from "./route-error.js";

type Json = Readonly<Record<string, unknown>>;

const json = "application/json";
const problem = "application/problem+json";

/** The OpenAPI 3.1 document, made from the route table and the schemas that the server checks with. */
export function openApiDocument(version = "1"): Json {
  const names = new SchemaNames();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const path = serverPath(route).replace(/:([a-z]+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route, names);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Capstan",
      version,
      description: "Runs tasks on many machines and says, for each, one final verdict.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: { ...names.schemas(), Problem: problemSchema() },
      responses: Object.fromEntries(Object.keys(errorRegistry).map((code) => [code, errorResponse(code as ErrorCode)])),
    },
  };
}

function operation(name: RouteName, route: Route, names: SchemaNames): Json {
  const isOpen = name === "health" || name === "ready";
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route)],
    ...(isOpen ? { security: [] } : {}),
    parameters: [...pathParameters(route), ...queryParameters(route, names)],
    ...requestBody(route, names),
    responses: {
      [route.status]: success(route, names),
      ...(route.isTagged === true ? { 304: { description: "The client has it already, by its `If-None-Match`" } } : {}),
      ...errorResponses(name),
    },
  };
}

function tagOf({ path }: Route): string {
  return path.startsWith("!") ? "system" : (path.split("/")[1] ?? "system");
}

function pathParameters(route: Route): Json[] {
  return [...serverPath(route).matchAll(/:([a-z]+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: name === "namespace" ? { ...Name, default: "default" } : { type: "string" },
  }));
}

function queryParameters({ query }: Route, names: SchemaNames): Json[] {
  if (query === undefined) return [];
  const required = (query as { required?: readonly string[] }).required ?? [];
  return Object.entries(query.properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: names.refer(schema),
  }));
}

function requestBody({ body, bodyTypes = [] }: Route, names: SchemaNames): Json {
  if (body === undefined && bodyTypes.length === 0) return {};
  const content: Record<string, unknown> = {};
  if (body !== undefined) content[json] = { schema: names.refer(body) };
  for (const type of bodyTypes)
    content[type] = { schema: { type: "string", ...(type.endsWith("json") ? {} : { format: "binary" }) } };
  const isRequired = body === undefined || ((body as { required?: readonly string[] }).required ?? []).length > 0;
  return { requestBody: { required: isRequired, content } };
}

function success({ answer, answerType }: Route, names: SchemaNames): Json {
  const content: Record<string, unknown> = {};
  if (answer !== undefined) content[json] = { schema: names.refer(answer) };
  if (answerType !== undefined) content[answerType.split(";")[0]!] = { schema: { type: "string" } };
  return { description: "Success", content };
}

/** One response a status; of several codes with one status, all are named. */
function errorResponses(name: RouteName): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(name)) {
    const { status } = errorRegistry[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, unknown> = {};
  for (const [status, codes] of byStatus) {
    responses[status] = codes.length === 1 ? { $ref: `#/components/responses/${codes[0]}` } : responseOf(codes);
  }
  return responses;
}

function errorResponse(code: ErrorCode): Json {
  return responseOf([code]);
}

function responseOf(codes: readonly ErrorCode[]): Json {
  const told = codes.map((code) => `\`${code}\`: ${errorRegistry[code].title}. ${errorRegistry[code].remedy}.`);
  const properties = { code: { enum: codes } };
  const schema = { allOf: [{ $ref: "#/components/schemas/Problem" }, { type: "object", properties }] };
  return { description: told.join("\n\n"), content: { [problem]: { schema } } };
}

function problemSchema(): Json {
  const text = { type: "string" };
  return {
    type: "object",
    description: "An error (RFC 9457). `code` never changes its meaning; `remedy` says what to do.",
    required: ["type", "title", "status", "code", "detail", "remedy", "retryable"],
    properties: {
      type: text,
      title: text,
      status: { type: "integer" },
      code: { type: "string", enum: Object.keys(errorRegistry) },
      detail: text,
      remedy: text,
      retryable: { type: "boolean", description: "Whether the same call may succeed later, unchanged" },
      details: { type: "object", additionalProperties: true },
    },
  };
}
