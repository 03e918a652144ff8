import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { isMarkAlive, newMark } from "./process-mark.js";

test("a mark lives as long as its process, and names no other of the same number", () => {
  const mark = newMark();
  expect(isMarkAlive(mark)).toBe(true);
  expect(newMark()).not.toBe(mark);
  expect(isMarkAlive(mark.replace(/^\d+/, "4194999"))).toBe(false);
  const [pid, start, random] = mark.split("-");
  if (existsSync("/proc/self/stat")) expect(isMarkAlive(`${pid}-${Number(start) + 1}-${random}`)).toBe(false);
  for (const none of ["", "x", "0-0-ab", "-1-0-ab", `${pid}`, `../${mark}`]) expect(isMarkAlive(none)).toBe(false);
});
