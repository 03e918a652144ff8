/** What tests of task code and of applications use. */
export { VirtualClock, type VirtualClockOptions } from "@capstan/testkit";
export type { Duration } from "./testing/duration.js";
export { openTestCapstan, type TestOptions } from "./testing/open-test-capstan.js";
export type { TestCapstan, TestWorkerOptions } from "./testing/test-capstan.js";
export type { TestWorker } from "./testing/test-worker.js";
