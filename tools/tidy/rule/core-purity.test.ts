import { describe, expect, it } from "vitest";
import { checkTexts } from "../check-texts.js";
import { corePurity } from "./core-purity.js";

function check(text: string): string[] {
  return checkTexts(corePurity, { "packages/core/src/task.ts": text });
}

describe("core-purity", () => {
  it.each([
    ["node:", 'import { readFile } from "node:fs";'],
    ["a module of Node without its prefix", 'import fs from "fs";'],
    ["import()", 'const later = () => import("./b.js");'],
    ["an async function", "async function f() {}"],
    ["an async arrow", "const f = async () => 1;"],
    ["an async method", "class A { async f() {} }"],
    ["a Promise", "export const f = (x: Promise<void>) => x;"],
    ["a Date", "const now = new Date();"],
    ["Date.now", "const now = Date.now();"],
    ["Math.random", "const dice = Math.random();"],
    ["Math.random by another name", 'const dice = Math["random"]();'],
    ["setTimeout", "setTimeout(f, 1);"],
    ["setInterval", "setInterval(f, 1);"],
    ["setImmediate", "setImmediate(f);"],
    ["queueMicrotask", "queueMicrotask(f);"],
    ["process", "process.exit();"],
    ["console", 'console.log("x");'],
    ["performance", "performance.now();"],
    ["crypto", "crypto.randomUUID();"],
    ["globalThis", "globalThis.setTimeout(f);"],
    ["a shorthand property", "const all = { process };"],
  ])("refuses %s", (_, text) => {
    expect(check(text)).toHaveLength(1);
  });

  it("refuses await and for await", () => {
    expect(check("await f();")).toEqual(["packages/core/src/task.ts:1 uses await: core is given what it needs"]);
    expect(check("for await (const x of y) {}")).toHaveLength(1);
  });

  it("lets pure code, and properties that are called like globals, be", () => {
    const text =
      'import { a } from "./a.js";\nimport { b } from "@capstan/protocol";\nconst c = { process: a.console, Date: Math.max(b) };';
    expect(check(`${text}\ninterface X { crypto: number; performance(): void }`)).toEqual([]);
  });

  it("looks at the source of core only, not at its tests", () => {
    expect(
      checkTexts(corePurity, { "packages/core/src/a.test.ts": "await 1;", "packages/engine/src/a.ts": "await 1;" }),
    ).toEqual([]);
  });
});
