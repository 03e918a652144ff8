import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Verdict } from "../verdict.js";
import type { OwnRunner } from "./own-runner.js";

/** Node takes a reporter as the default of a file, so this one is none that is compiled. */
const reporter = fileURLToPath(new URL("../../../../suite/same/own/node-test-reporter.mjs", import.meta.url));

export const nodeTest: OwnRunner = {
  argv: ({ out, files }) => [
    process.execPath,
    "--test",
    `--test-reporter=${reporter}`,
    `--test-reporter-destination=${out}`,
    ...files,
  ],
  read: (text, root) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Verdict)
      .map((verdict) => ({ ...verdict, file: relative(root, verdict.file) })),
};
