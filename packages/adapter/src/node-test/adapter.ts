import type { Adapter } from "../adapter.js";
import { nodeProgram } from "../program-file.js";
import { hasScript } from "../recognition.js";

export const nodeTestAdapter: Adapter = {
  name: "node-test",
  title: "node:test",
  files: nodeProgram(
    new URL("./main.js", import.meta.url),
    "event-report.js",
    "example-path.js",
    "node-test-runner.js",
  ),
  command: ["node", "dist/node-test/main.js"],
  runsParts: false,
  sharesProcess: false,
  patterns: [
    "**/*{.,-,_}test.{js,cjs,mjs}",
    "**/test-*.{js,cjs,mjs}",
    "**/test.{js,cjs,mjs}",
    "**/test/**/*.{js,cjs,mjs}",
  ],
  recognises: (project) => hasScript(project, /\bnode\b.*\s--test\b/),
};
