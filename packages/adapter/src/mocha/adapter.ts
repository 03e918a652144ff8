import type { Adapter } from "../adapter.js";
import { nodeProgram } from "../program-file.js";
import { dependsOn, hasFile } from "../recognition.js";

export const mochaAdapter: Adapter = {
  name: "mocha",
  title: "Mocha",
  files: nodeProgram(
    new URL("./main.js", import.meta.url),
    "mocha.js",
    "mocha-runner.js",
    "module-cache.js",
    "state-guard.js",
    "suite-report.js",
  ),
  command: ["node", "dist/mocha/main.js"],
  runsParts: true,
  sharesProcess: true,
  patterns: ["test/**/*.{js,cjs,mjs}"],
  recognises: (project) => hasFile(project, /^\.mocharc\.(c?js|jsonc?|ya?ml)$/) || dependsOn(project, "mocha"),
};
