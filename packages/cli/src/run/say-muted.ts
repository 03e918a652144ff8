import type { Capstan } from "@capstan/client";
import type { Context } from "../context.js";
import type { MutedPlan } from "../suite/muted-plan.js";
import type { Annotate } from "./github.js";
import { noTail } from "./tail.js";

interface Muting {
  readonly client: Capstan;
  readonly taskset: string;
  readonly annotate: Annotate | undefined;
}

/** Tells the muted examples that failed, where nothing else of their file did. */
export async function sayMuted(
  { output }: Context,
  { client, taskset, annotate }: Muting,
  muted: MutedPlan | undefined,
): Promise<void> {
  if (muted === undefined || muted.examples.size === 0) return;
  const [{ mutedFailures }, { mutedFailureLines }] = await Promise.all([
    import("./muted-failures.js"),
    import("../render/failure.js"),
  ]);
  for await (const failure of mutedFailures(client, taskset, [...muted.examples.keys()])) {
    if (output.isJson) {
      output.json({ type: "muted", ...failure });
      continue;
    }
    const lines = mutedFailureLines(failure, output);
    const silent = { examples: [], stdout: noTail, stderr: noTail };
    output.lines(annotate?.({ ...failure, ...silent }, lines) ?? lines);
  }
}
