import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tools/report/longest-first.ts";
import { PlainSummary } from "./tools/report/plain-summary.ts";

/** They take processor time and little else. */
const computing = ["protocol", "core", "store", "engine", "client", "plugin", "workspace", "testkit"];
/** They start processes, wait for them much of the time, and are patient. */
const acting = ["adapter", "cli", "capstan"];
const actingTests = ["bed", "docs", "foundation", "guide", "input", "package", "protocol", "suite", "worker"];
/** They watch clocks: one at a time, so that none is slow for another's sake. */
const watching = ["browser", "chaos", "crash", "engine", "liveness", "soak"];

// Tests run on what `tsc -b` wrote: what is tested is what ships, and child processes and threads are real files beside their parent.
export default defineConfig({
  test: {
    exclude: ["**/node_modules/**"],
    pool: "forks",
    // Node itself loads everything but the test files: no transform, and one copy of each module for test and code alike.
    server: { deps: { external: [/\/dist\/(?:(?!\.test\.js$).)*$/] } },
    // For what hangs, and patient with a slow machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 5_000,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", new PlainSummary()],
    globalSetup: fileURLToPath(new URL("./tools/postgres/offer.ts", import.meta.url)),
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
          // One process loads what they test once: they leave nothing behind in it.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "acting",
          include: [
            ...acting.map((name) => `packages/${name}/dist/**/*.test.js`),
            ...actingTests.map((name) => `test/dist/${name}/**/*.test.js`),
            "examples/*/dist/**/*.test.js",
          ],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "watching",
          include: ["packages/worker/dist/**/*.test.js", ...watching.map((name) => `test/dist/${name}/**/*.test.js`)],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
