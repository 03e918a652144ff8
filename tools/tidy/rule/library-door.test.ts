import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { libraryDoor } from "./library-door.js";

const door = "packages/protocol/src/schema/typebox.ts";

describe("library-door", () => {
  it("refuses a way round the door", () => {
    const text = 'import Type from "typebox";\nimport { Compile } from "typebox/compile";';
    expect(checkTexts(libraryDoor, { "packages/engine/src/a.ts": text })).toEqual([
      `packages/engine/src/a.ts:1 loads typebox: import it from ${door}`,
      `packages/engine/src/a.ts:2 loads typebox/compile: import it from ${door}`,
    ]);
  });

  it("lets the door, types and tests through", () => {
    const types = 'import type Type from "typebox";';
    const values = 'import Type from "typebox";';
    expect(
      checkTexts(libraryDoor, { [door]: values, "packages/a/src/a.ts": types, "packages/a/src/a.test.ts": values }),
    ).toEqual([]);
  });
});
