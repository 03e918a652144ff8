import type { Adapter } from "../adapter.js";
import { nodeProgram } from "../program-file.js";
import { dependsOn, hasFile } from "../recognition.js";

export const vitestAdapter: Adapter = {
  name: "vitest",
  title: "Vitest",
  files: nodeProgram(new URL("./main.js", import.meta.url), "module-report.js", "vitest-runner.js"),
  command: ["node", "dist/vitest/main.js"],
  runsParts: true,
  sharesProcess: true,
  patterns: ["**/*.{test,spec}.?(c|m)[jt]s?(x)"],
  recognises: (project) =>
    hasFile(project, /^vitest\.(config|workspace|projects)\.[cm]?[jt]s$/) || dependsOn(project, "vitest"),
};
