import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { machinePath } from "./machine-path.js";

describe("machine-path", () => {
  it.each([
    ["/", "home/ada/capstan"],
    ["/", "Users/ada"],
    ["/", "root/.npmrc"],
    ["C:\\", "Users\\ada"],
  ])("refuses paths such as %s%s", (start, rest) => {
    expect(checkTexts(machinePath, { "docs/a.md": `See \`${start}${rest}\`.` })).toHaveLength(1);
  });

  it("lets paths of URLs, of the repository and of every system be", () => {
    const text = "https://x.test/home/a packages/home/a ./work/b /etc/hosts /dev/null /v1/tasks ${base}/work/c";
    expect(checkTexts(machinePath, { "a.md": text })).toEqual([]);
  });
});
