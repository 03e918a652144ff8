/** Runs files in this process, each with a Mocha of its own; what is in `node_modules` and what `--require` names is loaded once. */
import { resolve } from "node:path";
import { partPattern } from "../channel/distinct-id.js";
import type { FileOutcome } from "../channel/outcome.js";
import type { FileRun, FileRunner, RunnerOptions } from "../channel/runner.js";
import { userModule } from "../channel/user-module.js";
import { whenAborted } from "../channel/when-aborted.js";
import type { GlobalFixture, Mocha, MochaClass, MochaOptions, MochaProgram, MochaRunner } from "./mocha.js";
import { ModuleCache } from "./module-cache.js";
import { guardState } from "./state-guard.js";
import { SuiteReport } from "./suite-report.js";

export async function loadMocha(root: string, { isolates }: RunnerOptions): Promise<FileRunner> {
  const program = await mochaProgram(root);
  program.Mocha.reporters.Base.useColors = false;
  const options = program.loadOptions([]);
  const plugins = await program.handleRequires([options.require ?? []].flat());
  const context = {};
  await runFixtures(plugins.globalSetup, context);
  const runner = new MochaFileRunner(program, root, { isolates, options: { ...options, ...plugins } });
  return { run: (file) => runner.run(file), close: () => runFixtures(plugins.globalTeardown, context) };
}

class MochaFileRunner {
  readonly #program: MochaProgram;
  readonly #root: string;
  readonly #options: MochaOptions;
  readonly #cache: ModuleCache;
  readonly #isolates: boolean;

  constructor(
    program: MochaProgram,
    root: string,
    { isolates, options }: RunnerOptions & { readonly options: MochaOptions },
  ) {
    this.#program = program;
    this.#root = root;
    const fixturesOff = { enableGlobalSetup: false, enableGlobalTeardown: false };
    this.#options = { ...options, ...fixturesOff, reporter: silentReporter, parallel: false, color: false };
    this.#cache = new ModuleCache(root);
    this.#isolates = isolates;
  }

  async run({ path, examples, part, signal }: FileRun): Promise<FileOutcome> {
    const restore = this.#isolates ? guardState() : undefined;
    const mocha = new this.#program.Mocha(this.#options);
    try {
      await this.#load(mocha, path);
      const report = new SuiteReport(mocha.suite, this.#program.Mocha);
      const ofPart = part && partPattern(part);
      if (examples !== undefined) report.select(mocha.suite, (id) => examples.has(id));
      else if (ofPart !== undefined) report.select(mocha.suite, (id) => ofPart.test(id));
      await runAll(mocha, { signal, report });
      return report.outcome(this.#root);
    } finally {
      mocha.dispose();
      // As with its own workers, what the file has loaded and changed stays; the file itself may be asked for again.
      this.#cache.unload(this.#isolates ? undefined : path);
      restore?.();
    }
  }

  async #load(mocha: Mocha, path: string): Promise<void> {
    const { file: before = [] } = this.#options;
    mocha.files = [...new Set([...before.map((file) => resolve(this.#root, file)), path])];
    for (const file of mocha.files) {
      mocha.suite.emit("pre-require", globalThis, file, mocha);
      const exports = await this.#cache.load(file, this.#program.requireOrImport);
      mocha.suite.emit("require", exports, file, mocha);
      mocha.suite.emit("post-require", globalThis, file, mocha);
    }
  }
}

async function runAll(mocha: Mocha, { signal, report }: { signal: AbortSignal; report: SuiteReport }): Promise<void> {
  let isOver = false;
  await new Promise<void>((done) => {
    const runner = mocha.run(() => done());
    report.listen(runner);
    void whenAborted(signal).then(() => isOver || abort(runner));
  });
  isOver = true;
}

/** Ends the test that runs as its own time limit would, and runs no other. */
function abort(runner: MochaRunner): void {
  runner.abort();
  runner.currentRunnable?.callback?.(new Error("the trial was stopped"));
}

/** Mocha makes one with `new`; what happens is listened for elsewhere. */
function silentReporter(): void {}

async function runFixtures(fixtures: readonly GlobalFixture[] | undefined, context: object): Promise<void> {
  for (const fixture of fixtures ?? []) await fixture.call(context);
}

async function mochaProgram(root: string): Promise<MochaProgram> {
  const [main, options, helpers, modules] = await Promise.all([
    userModule<{ default: MochaClass }>(root, "mocha"),
    userModule<{ default: Pick<MochaProgram, "loadOptions"> }>(root, "mocha/lib/cli/options.js"),
    userModule<{ default: Pick<MochaProgram, "handleRequires"> }>(root, "mocha/lib/cli/run-helpers.js"),
    userModule<{ default: Pick<MochaProgram, "requireOrImport"> }>(root, "mocha/lib/nodejs/esm-utils.js"),
  ]);
  return { Mocha: main.default, ...options.default, ...helpers.default, ...modules.default };
}
