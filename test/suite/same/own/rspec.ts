import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "../verdict.js";
import type { OwnRunner } from "./own-runner.js";

interface Report {
  readonly examples: readonly { readonly id: string; full_description: string; status: string }[];
  readonly summary: { readonly errors_outside_of_examples_count: number };
  readonly messages?: readonly string[];
}

/** How RSpec begins to tell of a file that it cannot load. */
const loading = /An error occurred while loading (?:\.\/)?(.+?)\.?$/m;

export const rspec: OwnRunner = {
  argv: ({ root, out, files }) => [
    ...(existsSync(join(root, "Gemfile")) ? ["bundle", "exec"] : []),
    "rspec",
    "--no-color",
    "--format=json",
    `--out=${out}`,
    ...files,
  ],
  read(text) {
    const { examples, summary, messages = [] } = JSON.parse(text) as Report;
    const files = messages.flatMap((message) => loading.exec(message)?.[1] ?? []);
    const outside = Array.from({ length: summary.errors_outside_of_examples_count }, (_, at): Verdict => ({
      file: files[at] ?? "",
      name: "",
      status: "failed",
    }));
    return examples
      .map(({ id, full_description, status }): Verdict => {
        const file = id.replace(/\[[\d:]+\]$/, "").replace(/^\.\//, "");
        return {
          file,
          name: full_description,
          status: status === "passed" || status === "failed" ? status : "skipped",
        };
      })
      .concat(outside);
  },
};
