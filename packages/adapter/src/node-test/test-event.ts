/** What this adapter uses of the events of `node:test`. Some fields differ from version to version; those that it needs are in all. */

export interface TestEventError {
  readonly failureType?: string;
  readonly message: string;
  readonly cause?: unknown;
  readonly exitCode?: number;
  readonly signal?: string;
}

export interface TestData {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
  readonly line?: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: { readonly duration_ms?: number; readonly type?: string; readonly error?: TestEventError };
}

export type TestEvent =
  | { readonly type: "test:start" | "test:pass" | "test:fail"; readonly data: TestData }
  | { readonly type: "test:stdout" | "test:stderr" | "test:diagnostic"; readonly data: { readonly message: string } };
