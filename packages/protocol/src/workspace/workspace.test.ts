import { expect, test } from "vitest";
import { makeCheck } from "../schema/check.js";
import { Workspace } from "./workspace.js";

const check = makeCheck(Workspace, "the workspace");
const tree = { digest: `sha256:${"0".repeat(64)}`, bytes: 2 };

test("a script is taken as the system can run it: several lines, and variables with any plain text", () => {
  const setup = { script: "a=1\necho $a\n", env: { PATH: "/bin:/usr/bin", "odd name": "x=1\ny=ü", EMPTY: "" } };
  expect(check({ tree, setup })).toEqual({ tree, setup });
});

test.each([
  ["a NUL in the script", { script: "echo a\0b" }],
  ["a NUL in a line after the first", { script: "echo a\n\0" }],
  ["a NUL in a value", { script: "true", env: { A: "b\0" } }],
  ["a NUL in a name", { script: "true", env: { "A\0": "b" } }],
  ["an equals sign in a name", { script: "true", env: { "A=B": "c" } }],
  ["an empty name", { script: "true", env: { "": "c" } }],
  ["a name that is too long", { script: "true", env: { ["A".repeat(201)]: "c" } }],
])("of a script is refused: %s", (_, script) => {
  for (const phase of ["setup", "cleanUp"]) {
    expect(() => check({ tree, [phase]: script })).toThrow(expect.objectContaining({ code: "invalid-request" }));
  }
});
