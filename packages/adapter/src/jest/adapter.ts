import type { Adapter } from "../adapter.js";
import { nodeProgram, program } from "../program-file.js";
import { dependsOn, hasFile } from "../recognition.js";

export const jestAdapter: Adapter = {
  name: "jest",
  title: "Jest",
  files: [
    ...nodeProgram(new URL("./main.js", import.meta.url), "jest-runner.js"),
    ...program("program/jest/print-reporter.cjs"),
  ],
  command: ["node", "dist/jest/main.js"],
  runsParts: true,
  sharesProcess: false,
  patterns: ["**/__tests__/**/*.?([mc])[jt]s?(x)", "**/?(*.)+(spec|test).?([mc])[jt]s?(x)"],
  recognises: (project) => hasFile(project, /^jest\.config\.([cm]?[jt]s|json)$/) || dependsOn(project, "jest"),
};
