/** What this adapter uses of `@jest/core`. The user's own copy is loaded, so its types are not imported. */

export interface AssertionResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly fullName: string;
  readonly status: "passed" | "failed" | "skipped" | "pending" | "todo" | "disabled" | "focused";
  readonly duration?: number | null;
  readonly failureMessages: readonly string[];
  readonly location?: { readonly line: number } | null;
}

export interface TestResult {
  readonly testFilePath: string;
  readonly testResults: readonly AssertionResult[];
  readonly testExecError?: { readonly message?: string; readonly stack?: string };
  readonly failureMessage?: string | null;
}

export interface JestCore {
  runCLI(
    this: void,
    options: Readonly<Record<string, unknown>>,
    projects: readonly string[],
  ): Promise<{ readonly results: { readonly testResults: readonly TestResult[] } }>;
}
