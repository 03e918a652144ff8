import { describe, expect, it } from "vitest";
import { errorRegistry, isErrorCode, routes } from "@capstan/protocol";
import { openApiDocument } from "./openapi.js";
import { serve } from "./peer.test.support.js";

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Record<string, unknown>; readonly responses: Record<string, unknown> };
}

const document = JSON.parse(JSON.stringify(openApiDocument())) as Document;
const text = JSON.stringify(document);
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

describe("the OpenAPI document", () => {
  it("has every call of the route table, once", () => {
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(routes).toSorted());
    expect(Object.keys(document.paths)).toContain("/v1/namespaces/{namespace}/tasks/{task}/result");
  });

  it("refers to nothing that it does not hold", () => {
    const references = [...text.matchAll(/"\$ref":"#\/components\/([a-z]+)\/([^"]+)"/gi)];
    expect(references.length).toBeGreaterThan(50);
    for (const [, kind, name] of references) expect(document.components[kind as "schemas"]).toHaveProperty([name!]);
  });

  it("names the protocol's schemas instead of repeating them", () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["TaskView", "TasksetLaunch", "Manifest", "Policy", "WorkerView", "Problem"]),
    );
    expect(text.length).toBeLessThan(110_000);
  });

  it("documents every error code, with its remedy", () => {
    for (const [code, { remedy }] of Object.entries(errorRegistry)) {
      expect(document.components.responses[code]).toMatchObject({ description: expect.stringContaining(remedy) });
    }
  });

  it("gives each answer with the status of its codes", () => {
    for (const { responses } of operations) {
      for (const [status, response] of Object.entries(responses)) {
        const codes = [
          ...JSON.stringify(response).matchAll(/"(?:enum":\[|\$ref":"#\/components\/responses\/)([^\]}]+)/g),
        ];
        for (const code of codes.flatMap(([, list]) => list!.replaceAll('"', "").split(","))) {
          if (isErrorCode(code)) expect([code, errorRegistry[code].status]).toEqual([code, Number(status)]);
        }
      }
    }
  });

  it("says that every call may refuse a query that it does not know", () => {
    for (const { operationId, responses } of operations)
      expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(["400"])]);
  });

  it("gives every form of an answer: a report as XML, a blob that the client has", () => {
    const byId = new Map(operations.map(({ operationId, responses }) => [operationId, responses]));
    expect(byId.get("reportTaskset")?.["200"]).toMatchObject({
      content: { "application/json": {}, "application/xml": {} },
    });
    expect(byId.get("getBlob")).toHaveProperty("304");
  });

  it("is served at both addresses", async () => {
    const { api } = await serve();
    for (const path of ["/openapi.json", "/v1/openapi.json"]) {
      expect(await (await fetch(api.url + path)).json()).toEqual(document);
    }
    await api.close();
  });
});
