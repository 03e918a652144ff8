import { join, relative } from "node:path";
import type { Status, Verdict } from "../verdict.js";
import type { OwnRunner } from "./own-runner.js";

interface Test {
  readonly fullTitle: string;
  readonly file?: string;
}

type Report = Readonly<Record<"tests" | "passes" | "failures" | "pending", readonly Test[]>>;

/** How Mocha calls a hook that failed: it is no example. */
const hook = /"(?:before|after) (?:all|each)" hook(?: for |: |$|\s)/;

export const mocha: OwnRunner = {
  argv: ({ root, out, files }) => [
    process.execPath,
    join(root, "node_modules/mocha/bin/mocha.js"),
    "--exit",
    "--no-color",
    "--reporter=json",
    "--reporter-option",
    `output=${out}`,
    ...files,
  ],
  read(text, root) {
    const { passes, failures, pending } = JSON.parse(text) as Report;
    const told = (tests: readonly Test[], status: Status): Verdict[] =>
      tests.map(({ fullTitle, file = "" }) => ({ file: relative(root, file), name: fullTitle, status }));
    const failed = told(failures, "failed").map((each) => (hook.test(each.name) ? { ...each, name: "" } : each));
    return [...told(passes, "passed"), ...told(pending, "skipped"), ...failed];
  },
};
