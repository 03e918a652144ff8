import { expect, test } from "vitest";
import { fileOfKey, partKey, readPartKey } from "./part-key.js";

test("the key of a part names the file, and which part of how many it is", () => {
  const part = { file: "test/a (old).test.js", number: 2, of: 13 };
  expect(partKey(part)).toBe("test/a (old).test.js (2/13)");
  expect(readPartKey(partKey(part))).toEqual(part);
  expect(fileOfKey(partKey(part))).toBe(part.file);
});

test.each([
  "a.js",
  "a.js (0/2)",
  "a.js (3/2)",
  "a.js (1/1)",
  "a.js (1/2) ",
  "a.js(1/2)",
  " (1/2)",
  "(1/2)",
  "a.js (1/100)",
  "",
])("%j names a whole file", (key) => {
  expect(readPartKey(key)).toBe(undefined);
  expect(fileOfKey(key)).toBe(key);
});
