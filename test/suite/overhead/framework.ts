import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";

/** A framework whose own time is the measure. */
export interface Framework {
  readonly name: string;
  /** Of the framework's package in node_modules, where it has one. */
  readonly folder?: string;
  readonly file: (n: number) => string;
  /** A file that takes 10 ms. */
  readonly text: string;
  readonly isThere: () => boolean;
  /** Programs that together run all files with two workers, side by side. */
  readonly own: (files: readonly string[]) => (readonly string[])[];
  /** What those programs are, in words. */
  readonly how: () => string;
  /** Whether it isolates files from each other where nothing is said; Capstan then does as it does. */
  readonly isolates: boolean;
}

const require = createRequire(import.meta.url);
const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`));

/** Two processes of half the files each, for frameworks that run one file at a time. */
const halves =
  (...program: readonly string[]) =>
  (files: readonly string[]): string[][] =>
    [0, 1].map((half) => [...program, ...files.filter((_, at) => at % 2 === half)]);

const pytest = ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider"];
const hasXdist = (): boolean => runs("python3", "-c", "import xdist");
const hasParallelTests = (): boolean => runs("parallel_rspec", "--version");

export const frameworks: readonly Framework[] = [
  {
    name: "vitest",
    folder: folderOf("vitest"),
    file: (n) => `f${n}.test.js`,
    text: `import { test } from "vitest";\ntest("waits", () => new Promise((done) => setTimeout(done, 10)));\n`,
    isThere: () => true,
    own: () => [
      [process.execPath, join(folderOf("vitest"), "vitest.mjs"), "run", "--maxWorkers", "2", "--reporter", "dot"],
    ],
    how: () => "vitest run --maxWorkers 2",
    isolates: true,
  },
  {
    name: "mocha",
    folder: folderOf("mocha"),
    file: (n) => `test/f${n}.js`,
    text: `it("waits", () => new Promise((done) => setTimeout(done, 10)));\n`,
    isThere: () => true,
    own: () => [
      [process.execPath, join(folderOf("mocha"), "bin/mocha.js"), "--parallel", "--jobs", "2", "--reporter", "dot"],
    ],
    how: () => "mocha --parallel --jobs 2",
    isolates: false,
  },
  {
    name: "pytest",
    file: (n) => `test_${n}.py`,
    text: `import time\ndef test_waits(): time.sleep(0.01)\n`,
    isThere: () => runs("python3", "-c", "import pytest"),
    // pytest runs one file at a time; pytest-xdist is what people take for more.
    own: (files) => (hasXdist() ? [[...pytest, "-n", "2"]] : halves(...pytest)(files)),
    how: () => (hasXdist() ? "pytest -n 2 of pytest-xdist" : "two processes of half the files each"),
    isolates: false,
  },
  {
    name: "rspec",
    file: (n) => `spec/f${n}_spec.rb`,
    text: `RSpec.describe "waiting" do\n  it("waits") { sleep 0.01 }\nend\n`,
    isThere: () => runs("ruby", "-e", "require 'rspec/core'"),
    // RSpec runs one file at a time; parallel_tests is what people take for more.
    own: (files) => (hasParallelTests() ? [["parallel_rspec", "-n", "2", "spec"]] : halves("rspec")(files)),
    how: () => (hasParallelTests() ? "parallel_rspec -n 2 of parallel_tests" : "two processes of half the files each"),
    isolates: false,
  },
];

function runs(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
