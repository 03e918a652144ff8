import type { Tree } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { checkTree, parseTree } from "./check-tree.js";
import { blobsOf, digestOf, treeDigest } from "./tree-digest.js";

const digest = digestOf("x");
const file = (path: string, bytes = 1): Tree["files"][number] => ({ path, digest, bytes });

function treeOf(parts: Partial<Tree>): Tree {
  return { treeVersion: 1, files: [], links: [], directories: [], ...parts };
}

describe("checkTree", () => {
  test.each([
    ["../x", "the part"],
    ["a/../x", "the part"],
    ["a/./x", "the part"],
    ["/x", "slash"],
    ["a//x", "empty part"],
    ["a/", "empty part"],
    ["a\0b", "NUL"],
    ["\ud800", "Unicode"],
    ["é".repeat(128), "longer than 255 bytes"],
  ])("refuses the path %j", (path, fault) => {
    const wrong = expect.objectContaining({ code: "invalid-tree", message: expect.stringContaining(fault) as string });
    expect(() => checkTree(treeOf({ files: [file(path)] }))).toThrow(wrong);
    expect(() => checkTree(treeOf({ directories: [path] }))).toThrow(wrong);
    expect(() => checkTree(treeOf({ links: [{ path, target: "x" }] }))).toThrow(wrong);
  });

  test("refuses what stands beneath a file, a link or an empty directory", () => {
    const beneath = treeOf({ files: [file("a/b/c")] });
    const above = { path: "a", target: "elsewhere" };
    expect(() => checkTree({ ...beneath, links: [above] })).toThrow(/"a" above it/);
    expect(() => checkTree({ ...beneath, directories: ["a/b"] })).toThrow(/"a\/b" above it/);
    expect(() => checkTree(treeOf({ files: [file("a"), file("a/b")] }))).toThrow(/"a" above it/);
  });

  test("refuses repetition, disorder and a digest of two sizes", () => {
    expect(() => checkTree(treeOf({ files: [file("a"), file("a")] }))).toThrow(/twice/);
    expect(() => checkTree(treeOf({ files: [file("a")], directories: ["a"] }))).toThrow(/twice/);
    expect(() => checkTree(treeOf({ files: [file("b"), file("a")] }))).toThrow(/order/);
    expect(() => checkTree(treeOf({ files: [file("a"), file("b", 2)] }))).toThrow(/another size/);
  });

  test("takes names that other systems would not", () => {
    checkTree(treeOf({ files: [file("aux.rb"), file("what is: this?*")] }));
  });
});

describe("links of a tree", () => {
  const links = (record: Record<string, string>): Tree =>
    treeOf({
      links: Object.entries(record)
        .map(([path, target]) => ({ path, target }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    });

  test.each([
    { a: "/etc/passwd" },
    { a: ".." },
    { a: "b/../../c" },
    { "a/b/c": "../../../x" },
    // `top` is the root, so what looks like a/b from outside is above it.
    { "a/b/top": "../..", out: "a/b/top/../x" },
    { "a/b/top": "../..", "a/middle": "b/top", out: "a/middle/../x" },
  ])("refuses %j, which leads out", (record) => {
    expect(() => checkTree(links(record))).toThrow(expect.objectContaining({ code: "unsafe-link" }));
  });

  test.each([
    { a: "b", c: "missing/x" },
    { "a/b": "..", "a/c": "../a/./b//d" },
    { loop: "loop" },
    { a: "b/c", b: "a/d" },
    { deep: "x/y/z", up: "deep/../w" },
  ])("takes %j, which stays inside or leads nowhere", (record) => {
    checkTree(links(record));
  });

  test("refuses a chain that no system follows", () => {
    const chain = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`l${String(at + 10)}`, `l${at + 11}`]));
    expect(() => checkTree(links(chain))).toThrow(/more than 40/);
  });
});

test("parseTree refuses what has not the form of a tree", () => {
  expect(() => parseTree({ treeVersion: 2 })).toThrow(expect.objectContaining({ code: "invalid-tree" }));
  expect(() => parseTree({ ...treeOf({}), more: 1 })).toThrow(expect.objectContaining({ code: "invalid-tree" }));
  expect(parseTree(treeOf({ files: [file("a")] })).files).toHaveLength(1);
});

test("a tree's digest depends on its content, and not on the order of its fields", () => {
  const tree = treeOf({ files: [file("a"), file("b")] });
  const turned = { directories: [], links: [], files: tree.files, treeVersion: 1 } as Tree;
  expect(treeDigest(tree)).toBe(treeDigest(turned));
  expect(treeDigest(tree)).not.toBe(treeDigest(treeOf({ files: [file("a")] })));
  expect(blobsOf(tree)).toEqual([{ digest, bytes: 1 }]);
});
