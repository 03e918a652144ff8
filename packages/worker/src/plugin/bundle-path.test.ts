import * as fc from "fast-check";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Manifest } from "@capstan/protocol";
import { checkBundle, checkBundlePath } from "./bundle-path.js";

const bad = [
  "",
  "/etc/passwd",
  "../x",
  "a/../../x",
  "a//b",
  "./a",
  "a/.",
  "a\\b",
  "C:/x",
  "a\0b",
  "a/",
  "nul",
  "a/con.txt",
  "x ",
  "x.",
  "e\u0301",
  "\ud800",
  "x".repeat(256),
];
const file = (path: string, bytes = 1): Manifest["files"][number] => ({
  path,
  bytes,
  digest: `sha256:${"0".repeat(64)}`,
});
const manifest = (...files: Manifest["files"]): Manifest => ({
  manifestVersion: 1,
  plugin: "p",
  version: "1",
  runtime: "node",
  files,
  definitions: [{ name: "d" }],
});

describe("paths of a bundle", () => {
  test.each(bad)("%j is refused", (path) => {
    expect(() => checkBundlePath(path)).toThrow(expect.objectContaining({ code: "invalid-path" }));
  });

  test("of ordinary names are taken", () => {
    for (const path of ["index.js", "lib/a-b_c.d/e.mjs", ".npmrc", "ä/ö.json"]) checkBundlePath(path);
  });

  test("that are taken never leave the folder", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("..", ".", "/", "\\", "a", "\0", " ", "C:") }), (path) => {
        try {
          checkBundlePath(path);
        } catch {
          return;
        }
        const place = relative("/bundle", resolve(join("/bundle", path)));
        expect(place === "" || place.split("/")[0] === "..").toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test("may not stand twice, nor beneath a file, nor be too many bytes", () => {
    expect(() => checkBundle(manifest(file("a"), file("A")))).toThrow("twice");
    expect(() => checkBundle(manifest(file("a"), file("a/b")))).toThrow("folder");
    expect(() => checkBundle(manifest(file("a", 60 * 1024 * 1024)))).toThrow(
      expect.objectContaining({ code: "too-large" }),
    );
  });
});
