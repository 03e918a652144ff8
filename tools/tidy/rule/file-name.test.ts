import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { fileName } from "./file-name.js";

describe("file-name", () => {
  it.each(["utils", "helpers", "types", "manager", "manager-state", "session-manager"])(
    "refuses the name %s",
    (stem) => {
      expect(checkTexts(fileName, { [`src/${stem}.ts`]: "" })).toEqual([
        `src/${stem}.ts is called ${stem}: name it after the thing that it exports`,
      ]);
      expect(checkTexts(fileName, { [`src/${stem}.test.ts`]: "" })).toHaveLength(1);
    },
  );

  it("refuses names that are not kebab-case", () => {
    expect(checkTexts(fileName, { "src/taskRecord.ts": "" })).toEqual([
      "src/taskRecord.ts is called taskRecord: write it in kebab-case",
    ]);
  });

  it("refuses folders named after syntax", () => {
    expect(checkTexts(fileName, { "src/interfaces/task.ts": "" })).toEqual([
      "src/interfaces/task.ts is in a folder interfaces: name the folder after its subject",
    ]);
  });

  it("lets things be named after what they are", () => {
    expect(
      checkTexts(fileName, {
        "src/task/task-record.test.ts": "",
        "src/store-bed.test.support.ts": "",
        "vitest.config.ts": "",
        "src/type-name.ts": "",
      }),
    ).toEqual([]);
  });
});
