import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTestCases } from "../junit.js";
import type { OwnRunner } from "./own-runner.js";

export const pytest: OwnRunner = {
  argv: ({ root, out, files }) => [
    pythonOf(root),
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "--continue-on-collection-errors",
    "-o",
    "junit_family=xunit1",
    `--junitxml=${out}`,
    ...files,
  ],
  read: (text, root) =>
    readTestCases(text).map(({ className, name, status }) => {
      const { file, groups } = splitClass(className, root);
      // A file that could not be collected is told as a case without a class, by its module.
      if (className === "") return { file: splitClass(name, root).file, name: "", status };
      return { file, name: [...groups, name].join(" > "), status };
    }),
};

/** A class is named by the path of its module and the classes around it, with dots between. */
function splitClass(className: string, root: string): { file: string; groups: string[] } {
  const steps = className.split(".");
  for (let length = steps.length; length > 0; length -= 1) {
    const file = `${steps.slice(0, length).join("/")}.py`;
    if (existsSync(join(root, file))) return { file, groups: steps.slice(length) };
  }
  return { file: "", groups: steps };
}

/** That of the tree's own environment, where it has one. */
function pythonOf(root: string): string {
  return [".venv", "venv"].map((folder) => join(root, folder, "bin/python")).find(existsSync) ?? "python3";
}
