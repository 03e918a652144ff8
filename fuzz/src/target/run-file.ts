import fc from "fast-check";
import { makeRunPlan, parseRunFile, type ParsedRunFile } from "@capstan/cli/decoder";
import { makeCheck, TasksetTask } from "@capstan/protocol";
import { anyJson, anyText } from "../generate/hostile.js";
import { jsonSeeds, textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode, decodeLater } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const command = fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }));
const shared = {
  cwd: anyText,
  env: fc.dictionary(anyText, anyText, { maxKeys: 2, noNullPrototype: true }),
  timeout: fc.constantFrom("30s", "1h", "x"),
  priority: fc.nat({ max: 12 }),
};
const task = fc.oneof(command, fc.record({ command, key: anyText, ...shared }, { requiredKeys: ["command"] }));
const file = fc.record(
  {
    name: anyText,
    profile: fc.constantFrom("job", "test"),
    tasks: fc.array(task, { maxLength: 3 }),
    each: fc.array(anyText),
    command,
    jobs: fc.nat(),
    ...shared,
  },
  { requiredKeys: [] },
);
const yamlLine = fc.constantFrom(
  "tasks:",
  "  - echo hello",
  "  - command: [a, b]",
  "    key: &x one",
  "    stdin: *x",
  "a: &a [x, x, x]",
  "b: &b [*a, *a, *a]",
  "each: [*b, *b]",
  "command: |",
  "  run {}",
  "<<: *a",
  "? [x]",
  "--- !!set",
  "!!binary aGk=",
  "env: {__proto__: x}",
  "timeout: 2001-01-01",
  "- &loop [*loop]",
  "%YAML 1.1",
  "...",
  "# no",
);
const checkTask = makeCheck(TasksetTask, "the task");

/** Files of `capstan run`, YAML or JSON: refused with a line, or a taskset that every engine takes the form of. */
export const runFile: Target = {
  name: "run-file",
  // The reader of YAML takes some µs a character over a text that is full of errors.
  inputMsMax: 1_000,
  kind: "body",
  words: [
    "tasks:\n",
    "  - ",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "? ",
    ": ",
    "|\n",
    "[",
    "{",
    "- - - -",
    "\n---\n",
    "__proto__: ",
  ],
  seeds: fc.oneof(
    jsonSeeds(file),
    textSeeds(fc.array(yamlLine, { maxLength: 8 }).map((lines) => lines.join("\n"))),
    jsonSeeds(anyJson),
  ),
  open: stateless((input) => {
    const outcome = decode(() => parseRunFile(textOf(input), "run.yaml"), ["invalid-config"]);
    return "value" in outcome ? checkPlan(outcome.value) : undefined;
  }),
};

async function checkPlan(parsed: ParsedRunFile): Promise<void> {
  const outcome = await decodeLater(async () => {
    const tasks = [];
    const plan = makeRunPlan({ file: parsed, command: [] });
    for await (const entry of plan.tasks) tasks.push(entry);
    return tasks;
  }, ["invalid-config"]);
  if ("refused" in outcome) return;
  for (const { task: _, ...entry } of outcome.value as ({ task?: unknown } & object)[]) {
    const taken = decode(() => checkTask(JSON.parse(JSON.stringify(entry))), ["invalid-request"]);
    if ("refused" in taken) broken("an engine refuses the task of a file that was taken", taken.refused.message, entry);
  }
}
