import { describe, expect, test } from "vitest";
import { parseRunFile } from "./run-file.js";

describe("parseRunFile", () => {
  test("reads YAML, with short tasks and whole ones", () => {
    const text = `
name: nightly
timeout: 30s
env: { CI: "1" }
tasks:
  - npm run lint
  - [node, --test, a.js]
  - key: b
    command: make b
    maxTrials: 1
`;
    expect(parseRunFile(text, "t.yaml")).toEqual({
      name: "nightly",
      timeout: "30s",
      env: { CI: "1" },
      tasks: [
        { command: "npm run lint" },
        { command: ["node", "--test", "a.js"] },
        { key: "b", command: "make b", maxTrials: 1 },
      ],
    });
  });

  test("reads JSON, and a list alone as tasks", () => {
    expect(parseRunFile('["a", {"command": "b"}]', "t.json")).toEqual({ tasks: [{ command: "a" }, { command: "b" }] });
    const each = { command: ["cat", "{}"], each: ["a", "b"] };
    expect(parseRunFile(JSON.stringify(each), "t.json")).toEqual(each);
  });

  test.each([
    [
      "a field that is not known",
      "name: x\ntasks:\n  - command: a\n  - command: b\n    timout: 5s\n",
      "t.yaml:5: tasks[1]: unknown field timout",
    ],
    ["a wrong type", "tasks:\n  - command: a\n    maxTrials: many\n", "t.yaml:3: tasks[0].maxTrials: must be integer"],
    [
      "a task without a command",
      "tasks:\n  - a\n  - key: b\n",
      "t.yaml:3: tasks[1]: must have required properties command",
    ],
    ["a name that cannot be one", "name: my tasks\ntasks: [a]\n", "t.yaml:1: name: must match pattern"],
    ["broken YAML", "tasks:\n  - a\n - b\n", "t.yaml:3:"],
    ["broken JSON", '{"tasks": [', "t.yaml:1:"],
    ["an alias of nothing", "tasks: [*a]\n", "t.yaml: Unresolved alias"],
    [
      "aliases that would fill the memory",
      `a: &a [${"x, ".repeat(20)}]\nb: &b [${"*a, ".repeat(20)}]\ntasks: [${"*b, ".repeat(20)}]\n`,
      "t.yaml: Excessive alias count",
    ],
    ["nothing to run", "name: x\n", "t.yaml has no tasks"],
    ["two sources", "tasks: [a]\neach: [b]\n", "t.yaml has `tasks` and `each`"],
    ["an empty file", "", "t.yaml holds no taskset"],
    ["an unknown field in a list alone", "- a\n- command: b\n  cmd: c\n", "t.yaml:3: tasks[1]: unknown field cmd"],
  ])("names line and field of %s", (_, text, message) => {
    expect(() => parseRunFile(text, "t.yaml")).toThrow(message);
    try {
      parseRunFile(text, "t.yaml");
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid-config" });
    }
  });

  test("refuses lists in lists in one line by that line, before the reader takes its time over them", () => {
    for (const marks of ["- ".repeat(64), `- ? ${": -\t".repeat(40)}`])
      expect(() => parseRunFile(`name: x\ntasks: ${marks}y\n`, "t.yaml")).toThrow("t.yaml:2: it is nested too deep");
  });

  test("refuses a file that is nested too deep, wherever the reader finds out", () => {
    for (let depth = 500; depth <= 8_000; depth += 500) {
      const text = `${"- ".repeat(depth)}x`;
      expect(() => parseRunFile(text, "t.yaml")).toThrow(expect.objectContaining({ code: "invalid-config" }) as Error);
    }
  });
});
