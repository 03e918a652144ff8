import { type Adapter, type AdapterName, adapterNames, type Project } from "./adapter.js";
import { jestAdapter } from "./jest/adapter.js";
import { mochaAdapter } from "./mocha/adapter.js";
import { nodeTestAdapter } from "./node-test/adapter.js";
import { pytestAdapter } from "./pytest/adapter.js";
import { rspecAdapter } from "./rspec/adapter.js";
import { vitestAdapter } from "./vitest/adapter.js";

/** Every adapter, in the order in which they are asked whether a project is theirs. */
export const adapters: readonly Adapter[] = [
  vitestAdapter,
  jestAdapter,
  mochaAdapter,
  pytestAdapter,
  rspecAdapter,
  nodeTestAdapter,
];

/** The adapter of this name. */
export function adapterNamed(name: AdapterName): Adapter {
  const found = adapters.find((adapter) => adapter.name === name);
  if (found === undefined) throw new TypeError(`no adapter is called ${name}: there are ${adapterNames.join(", ")}`);
  return found;
}

/** The adapters of the frameworks that a project is set up for, the likeliest first. */
export function recognisedAdapters(project: Project): Adapter[] {
  return adapters.filter((adapter) => adapter.recognises(project));
}
