import type { Adapter } from "../adapter.js";
import { nodeProgram, packageFiles } from "../program-file.js";

/** Runs a command for each file: for frameworks that have no adapter. The command comes with each file. */
export const commandAdapter: Adapter = {
  name: "file-command",
  title: "a command",
  files: [
    ...nodeProgram(
      new URL("./main.js", import.meta.url),
      "bounded-lines.js",
      "command-runner.js",
      "junit-file.js",
      "junit-reader.js",
      "tap-line.js",
      "tap-reader.js",
    ),
    ...packageFiles("saxes", "saxes.js"),
    ...packageFiles("xmlchars", "xml/1.0/ed5.js", "xml/1.1/ed2.js", "xmlns/1.0/ed3.js"),
  ],
  command: ["node", "dist/command/main.js"],
  runsParts: false,
  sharesProcess: false,
  patterns: [],
  recognises: () => false,
};
