import { join } from "node:path";
import { readJestReport } from "./jest.js";
import type { OwnRunner } from "./own-runner.js";

export const vitest: OwnRunner = {
  argv: ({ root, out, files }) => [
    process.execPath,
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=json",
    `--outputFile=${out}`,
    "--coverage.enabled=false",
    ...files,
  ],
  read: readJestReport,
};
