import { defineConfig } from "vitest/config";
import { PlainSummary } from "./tools/report/plain-summary.ts";

// Tests run on what `tsc -b` wrote: what is tested is what ships, and child processes and threads are real files beside their parent.
export default defineConfig({
  test: {
    include: [
      "packages/*/dist/**/*.test.js",
      "test/dist/**/*.test.js",
      "tools/dist/**/*.test.js",
      "sim/dist/**/*.test.js",
      "bench/dist/**/*.test.js",
      "fuzz/dist/**/*.test.js",
      "examples/*/dist/**/*.test.js",
    ],
    exclude: ["**/node_modules/**"],
    pool: "forks",
    // Node itself loads everything but the test files: no transform, and one copy of each module for test and code alike.
    server: { deps: { external: [/\/dist\/(?:(?!\.test\.js$).)*$/] } },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 5_000,
    reporters: ["default", new PlainSummary()],
  },
});
