import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { broken } from "../invariant/broken.js";
import { document, type Operation } from "./document.js";

/** Answers that any path may give, whatever the document says of its calls: those of no call at all. */
const ofNoCall: ReadonlySet<number> = new Set([404, 405]);

/** What came of a request. */
export interface Answered {
  readonly status: number;
  /** Of the content, without parameters; empty without content. */
  readonly type: string;
  /** Of JSON; the rest is not read. */
  readonly text: string;
}

/** Checks answers against the document that promises them. */
export class AnswerCheck {
  // Formats are names for people here; what the schemas say of a text is its pattern.
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  readonly #checks = new Map<unknown, ValidateFunction>();

  constructor() {
    this.#ajv.addSchema(document, "api");
  }

  /** @throws BrokenInvariant unless status, content type and body are those that the call promises. */
  check(operation: Operation, { status, type, text }: Answered): void {
    const answer = operation.answers[status];
    if (status === 500) broken(`${operation.id} answers 500`, text);
    if (answer === undefined) {
      if (!ofNoCall.has(status)) broken(`${operation.id} answers ${status}, which is not documented`, text);
      const { components } = document as unknown as { components: { schemas: Record<string, object> } };
      return this.#checkBody(operation, components.schemas["Problem"], parse(text));
    }
    const content = answer.content?.[type];
    if (content === undefined && Object.keys(answer.content ?? {}).length > 0)
      broken(`${operation.id} answers ${status} with an undocumented type`, type);
    if (content !== undefined && isJson(type)) this.#checkBody(operation, content.schema, parse(text));
  }

  #checkBody(operation: Operation, schema: unknown, body: unknown): void {
    let check = this.#checks.get(schema);
    if (check === undefined) {
      check = this.#ajv.compile(absolute(schema) as object);
      this.#checks.set(schema, check);
    }
    if (check(body)) return;
    const [error] = check.errors ?? [];
    broken(
      `${operation.id} answers what its schema does not allow`,
      error?.instancePath,
      error?.message,
      error?.params,
      body,
    );
  }
}

/** References of a part of the document, as they are from outside of it. */
function absolute(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(absolute);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]: [string, unknown]) => [
      name,
      name === "$ref" && typeof value === "string" && value.startsWith("#") ? `api${value}` : absolute(value),
    ]),
  );
}

export function isJson(type: string): boolean {
  return /[/+]json$/.test(type);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return broken("an answer of JSON is none", text);
  }
}
