import { jest } from "./jest.js";
import { mocha } from "./mocha.js";
import { nodeTest } from "./node-test.js";
import type { OwnRunner } from "./own-runner.js";
import { pytest } from "./pytest.js";
import { rspec } from "./rspec.js";
import { vitest } from "./vitest.js";

/** By the name of the adapter. */
export const ownRunners = { vitest, jest, mocha, "node-test": nodeTest, pytest, rspec } satisfies Record<
  string,
  OwnRunner
>;

export type FrameworkName = keyof typeof ownRunners;

export const frameworkNames = Object.keys(ownRunners) as FrameworkName[];
