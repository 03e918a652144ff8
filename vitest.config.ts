import { defineConfig } from "vitest/config";
import { PlainSummary } from "./tools/report/plain-summary.ts";

/** They take processor time and little else, so that two at a time end sooner. */
const computing = ["protocol", "core", "store", "engine", "client", "plugin", "testkit", "workspace"];

// Tests run on what `tsc -b` wrote: what is tested is what ships, and child processes and threads are real files beside their parent.
export default defineConfig({
  test: {
    exclude: ["**/node_modules/**"],
    pool: "forks",
    // Node itself loads everything but the test files: no transform, and one copy of each module for test and code alike.
    server: { deps: { external: [/\/dist\/(?:(?!\.test\.js$).)*$/] } },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    reporters: ["default", new PlainSummary()],
    projects: [
      {
        extends: true,
        test: {
          name: "computing",
          include: [
            ...computing.map((name) => `packages/${name}/dist/**/*.test.js`),
            "tools/dist/**/*.test.js",
            "sim/dist/**/*.test.js",
            "bench/dist/**/*.test.js",
            "fuzz/dist/**/*.test.js",
          ],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // They start processes and watch clocks: one at a time, so that none is slow for another's sake.
        test: {
          name: "acting",
          include: [
            ...["worker", "cli", "capstan"].map((name) => `packages/${name}/dist/**/*.test.js`),
            "test/dist/**/*.test.js",
            "examples/*/dist/**/*.test.js",
          ],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
