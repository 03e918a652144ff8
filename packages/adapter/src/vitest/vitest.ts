/** What this adapter uses of `vitest/node`, from version 3 on. The user's own copy is loaded, so its types are not imported. */

export interface VitestError {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
  readonly diff?: string;
}

export interface TestCase {
  readonly type: "test";
  readonly name: string;
  readonly parent: TestSuite | TestModule;
  readonly location: { readonly line: number } | undefined;
  readonly options: { readonly mode: string };
  result():
    | { readonly state: "passed" | "pending" }
    | { readonly state: "failed"; readonly errors: readonly VitestError[] }
    | { readonly state: "skipped"; readonly note?: string };
  diagnostic(): { readonly duration: number } | undefined;
}

interface TestCollection {
  allTests(): Iterable<TestCase>;
  allSuites(): Iterable<TestSuite>;
}

export interface TestSuite {
  readonly type: "suite";
  readonly name: string;
  readonly parent: TestSuite | TestModule;
  readonly children: TestCollection;
  errors(): readonly VitestError[];
}

export interface TestModule {
  readonly type: "module";
  readonly moduleId: string;
  readonly project: { readonly name: string };
  readonly children: TestCollection;
  errors(): readonly VitestError[];
}

export interface TestSpecification {
  readonly moduleId: string;
}

export interface Vitest {
  globTestSpecifications(): Promise<readonly TestSpecification[]>;
  getModuleSpecifications(path: string): TestSpecification[];
  clearSpecificationsCache(): void;
  getRootProject(): { createSpecification(path: string): TestSpecification };
  runTestSpecifications(
    specifications: readonly TestSpecification[],
  ): Promise<{ readonly testModules: readonly TestModule[]; readonly unhandledErrors: readonly unknown[] }>;
  setGlobalTestNamePattern(pattern: RegExp): void;
  resetGlobalTestNamePattern(): void;
  invalidateFile(path: string): void;
  cancelCurrentRun(reason: string): Promise<void>;
  close(): Promise<void>;
}

export interface UserConsoleLog {
  readonly content: string;
  readonly type: "stdout" | "stderr";
}

export interface VitestNode {
  createVitest(this: void, mode: "test", options: Readonly<Record<string, unknown>>): Promise<Vitest>;
}
