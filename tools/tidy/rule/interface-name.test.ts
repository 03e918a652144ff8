import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { interfaceName } from "./interface-name.js";

describe("interface-name", () => {
  it("refuses an I before the name", () => {
    expect(checkTexts(interfaceName, { "a.ts": "export interface IStore {}" })).toEqual([
      "a.ts:1 IStore: leave the I out",
    ]);
  });

  it("lets names that begin with the letter be", () => {
    expect(checkTexts(interfaceName, { "a.ts": "interface Input {}\ninterface IO {}\ninterface Store {}" })).toEqual(
      [],
    );
  });
});
