import { join, relative } from "node:path";
import type { Status, Verdict } from "../verdict.js";
import type { OwnRunner } from "./own-runner.js";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

export const jest: OwnRunner = {
  argv: ({ root, out, files }) => [
    process.execPath,
    join(root, "node_modules/jest/bin/jest.js"),
    "--ci",
    "--watchman=false",
    "--coverage=false",
    "--json",
    `--outputFile=${out}`,
    ...(files.length > 0 ? ["--runTestsByPath", ...files] : []),
  ],
  read: readJestReport,
};

/** Vitest writes reports in this form too. */
export function readJestReport(text: string, root: string): Verdict[] {
  const { testResults } = JSON.parse(text) as Report;
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name);
    const whole: Verdict[] = status === "failed" ? [{ file, name: "", status: "failed" }] : [];
    return whole.concat(
      assertionResults.map((each) => ({
        file,
        name: [...each.ancestorTitles, each.title].join(" > "),
        status: statusOf(each.status),
      })),
    );
  });
}

function statusOf(status: string): Status {
  return status === "passed" || status === "failed" ? status : "skipped";
}
