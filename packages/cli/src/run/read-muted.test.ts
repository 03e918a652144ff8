import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import { readMuted } from "./read-muted.js";

test.each([
  ["spec/user_spec.rb::User > #name > works", "spec/user_spec.rb::User > #name > works"],
  ["spec/user_spec.rb::User #name works # since the move", "spec/user_spec.rb::User #name works"],
  ["t.js::adds #2", "t.js::adds #2"],
  ["t.js::adds #2\t#\tsince the move", "t.js::adds #2"],
  ["t.js #", "t.js"],
  ["a#b.js", "a#b.js"],
  ["t.js  # one # two\r", "t.js"],
])("of the line %j the key is %j", async (line, key) => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "muted.txt"), `# known to fail\n  #a.js\n\n${line}\nlast.js\n`);
    expect(await readMuted({ mutedFrom: "muted.txt" }, folder)).toEqual([key, "last.js"]);
  });
});

test("what is typed is taken as it is, each once, and too many are refused", async () => {
  expect(await readMuted({ mute: ["t.js::adds # two", "a.js", "a.js"] }, ".")).toEqual(["t.js::adds # two", "a.js"]);
  expect(await readMuted({}, ".")).toBeUndefined();
  const mute = Array.from({ length: limits.mutedMax + 1 }, (_, at) => `${at}.js`);
  await expect(readMuted({ mute }, ".")).rejects.toMatchObject({ code: "invalid-config" });
});
