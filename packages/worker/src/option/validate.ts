import { CapstanError, excerpt, limits, runtimes } from "@capstan/protocol";
import type { WorkerConfig } from "./worker-options.js";

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const labelPattern = /^[A-Za-z0-9_][A-Za-z0-9_.:/=-]*$/;

/**
 * Checks a worker's settings, and how they fit together.
 * @throws CapstanError `invalid-config` naming the first setting that is wrong.
 */
export function validate(config: WorkerConfig): void {
  checkEngines(config.engines);
  checkName("namespace", config.namespace);
  checkName("name", config.name);
  expect(config.token === undefined || config.token !== "", "token is empty: leave it out, or set it");
  const { slots } = config;
  expect(
    Number.isSafeInteger(slots) && slots >= 1 && slots <= limits.slotsMax,
    `slots is ${slots}: it is a whole number from 1 to ${limits.slotsMax}`,
  );
  checkLabels(config.labels);
  checkRuntimes(config);
  expect(config.folder !== "", "folder is empty: leave it out, or name a folder");
  for (const [name, value] of Object.entries(config.limits)) checkLimit(name, value);
}

function checkEngines(engines: readonly string[]): void {
  expect(engines.length > 0, "engine is empty: give the address of the engine, for example http://127.0.0.1:7070");
  for (const engine of engines) {
    // A URL's reader drops spaces and control characters at its end: with a path behind them they are refused.
    const isAddress = URL.canParse(engine) && /^[a-z]+:\/\/[^\s\p{Cc}]+$/u.test(engine);
    expect(isAddress, `engine is ${quote(engine)}: it is an address such as http://127.0.0.1:7070`);
  }
}

function checkLabels(labels: readonly string[]): void {
  expect(labels.length <= limits.labelsMax, `labels has ${labels.length} labels: at most ${limits.labelsMax}`);
  for (const label of labels) {
    const isFit = typeof label === "string" && label.length <= 100 && labelPattern.test(label);
    expect(isFit, `labels has ${quote(label)}: a label is letters, digits and "_.:/=-", at most 100`);
  }
}

function checkRuntimes(config: WorkerConfig): void {
  expect(config.runtimes.length > 0, `runtimes is empty: name at least one of ${runtimes.join(", ")}`);
  for (const runtime of config.runtimes) {
    expect(runtimes.includes(runtime), `runtimes has ${quote(runtime)}: use ${runtimes.join(", ")}`);
  }
  const isServed = config.plugins.length === 0 || config.runtimes.includes("inline");
  expect(isServed, "plugins are given, but runtimes lacks inline: add it, or deploy the plugins as bundles");
}

function checkName(setting: string, name: string): void {
  const isFit = typeof name === "string" && name.length <= limits.namesBytesMax && namePattern.test(name);
  expect(isFit, `${setting} is ${quote(name)}: use letters, digits, "_", "." and "-"`);
}

function checkLimit(name: string, value: unknown): void {
  if (typeof value === "object") return;
  expect(typeof value === "number" && value >= 0, `limits.${name} is ${quote(value)}: it is a number, 0 or more`);
}

/** A setting as a message tells it: it may be of any type and length. */
function quote(value: unknown): string {
  return excerpt(JSON.stringify(value) ?? String(value));
}

function expect(isRight: boolean, message: string): void {
  if (!isRight) throw new CapstanError("invalid-config", message);
}
