/** Runs files with one Vitest: its server and its transformed modules stay warm; each file is isolated as configured. */
import { DistinctIds, namePattern, partPattern } from "../channel/distinct-id.js";
import type { FileOutcome } from "../channel/outcome.js";
import type { FileRun, FileRunner, RunnerOptions } from "../channel/runner.js";
import { userModule } from "../channel/user-module.js";
import { checkAborted, whenAborted } from "../channel/when-aborted.js";
import { moduleExamples, moduleFailures, unhandledFailures } from "./module-report.js";
import type { TestSpecification, UserConsoleLog, Vitest, VitestNode } from "./vitest.js";

export async function loadVitest(root: string, { isolates }: RunnerOptions): Promise<FileRunner> {
  // As its command line does: configurations and setup files ask for them.
  process.env["TEST"] ??= "true";
  process.env["VITEST"] ??= "true";
  process.env["NODE_ENV"] ??= "test";
  const { createVitest } = await userModule<VitestNode>(root, "vitest/node");
  const vitest = await createVitest("test", {
    root,
    watch: false,
    run: true,
    reporters: [{ onUserConsoleLog: pass }],
    includeTaskLocation: true,
    coverage: { enabled: false },
    ...(!isolates && { isolate: false }),
  });
  await vitest.globTestSpecifications();
  return new VitestRunner(vitest, root);
}

class VitestRunner implements FileRunner {
  readonly #vitest: Vitest;
  readonly #root: string;

  constructor(vitest: Vitest, root: string) {
    this.#vitest = vitest;
    this.#root = root;
  }

  async run({ path, examples: wanted, part, signal }: FileRun): Promise<FileOutcome> {
    const vitest = this.#vitest;
    vitest.invalidateFile(path);
    const ofPart = part && partPattern(part);
    const pattern = wanted === undefined ? ofPart : namePattern(wanted);
    if (pattern === undefined) vitest.resetGlobalTestNamePattern();
    else vitest.setGlobalTestNamePattern(pattern);
    void whenAborted(signal).then(() => vitest.cancelCurrentRun("keyboard-input"));
    const specifications = await this.#specifications(path);
    // A run that has not begun cannot be cancelled.
    checkAborted(signal);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
    // It tells of every module that it ever ran.
    const modules = testModules.filter(({ moduleId }) => specifications.some((each) => each.moduleId === moduleId));
    const ids = new DistinctIds();
    const examples = modules.flatMap((module) =>
      moduleExamples(module, { ids, root: this.#root, isOneOfSeveral: modules.length > 1 }),
    );
    return {
      examples: examples.filter(({ id }) => wanted?.has(id) ?? ofPart?.test(id) ?? true),
      failures: [...modules.flatMap((module) => moduleFailures(module)), ...unhandledFailures(unhandledErrors)],
    };
  }

  close(): Promise<void> {
    return this.#vitest.close();
  }

  /** One of each project that the file belongs to; of the root project when none includes it. */
  async #specifications(path: string): Promise<TestSpecification[]> {
    const vitest = this.#vitest;
    let found = vitest.getModuleSpecifications(path);
    if (found.length === 0) {
      vitest.clearSpecificationsCache();
      await vitest.globTestSpecifications();
      found = vitest.getModuleSpecifications(path);
    }
    return found.length > 0 ? found : [vitest.getRootProject().createSpecification(path)];
  }
}

function pass({ content, type }: UserConsoleLog): void {
  process[type].write(content);
}
