import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { portablePackage } from "./portable-package.js";

describe("portable-package", () => {
  it("refuses modules of Node in protocol", () => {
    expect(
      checkTexts(portablePackage, { "packages/protocol/src/id.ts": 'import { createHash } from "node:crypto";' }),
    ).toEqual(["packages/protocol/src/id.ts:1 imports node:crypto, which a browser does not have"]);
  });

  it("lets tests and other packages import them", () => {
    const text = 'import "node:fs";\n';
    expect(
      checkTexts(portablePackage, { "packages/protocol/src/id.test.ts": text, "packages/worker/src/a.ts": text }),
    ).toEqual([]);
  });
});
