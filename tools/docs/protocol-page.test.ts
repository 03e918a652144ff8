import { EngineMessage, WorkerMessage } from "@capstan/protocol";
import { describe, expect, it } from "vitest";
import { engineNotes, workerNotes } from "./protocol-note.js";
import { renderProtocolMessages } from "./protocol-page.js";
import { describeFields, type SchemaNode } from "./schema-text.js";

const sides = [
  ["worker", WorkerMessage, workerNotes],
  ["engine", EngineMessage, engineNotes],
] as const;

describe("protocol messages page", () => {
  it.each(sides)("describes every message of the %s, and no field that is not there", (_, union, notes) => {
    const schemas = union.anyOf as unknown as SchemaNode[];
    const types = schemas.map((schema) => String(schema.properties?.["type"]?.const));
    expect(Object.keys(notes).toSorted()).toEqual(types.toSorted());
    for (const schema of schemas) {
      const type = String(schema.properties?.["type"]?.const) as keyof typeof notes;
      const names = describeFields(schema).map(({ name }) => name);
      const { fields = {} } = notes[type] as { fields?: object };
      expect(names).toEqual(expect.arrayContaining(Object.keys(fields)));
    }
  });

  it("marks the states in which a message may come", () => {
    const lines = renderProtocolMessages().split("\n");
    expect(lines).toContain("| `hello` | ● |  |  |  |");
    expect(lines).toContain("| `welcome` |  |  | ● |  |  |");
  });
});
