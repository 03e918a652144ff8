import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describePlugin, findPlugin } from "@capstan/plugin";
import { CapstanError } from "@capstan/protocol";
import type { Description, DescribeOrder } from "./describe-bundle.js";

/** The process that loads a bundle once to describe it; whatever the bundle does ends with it. */
async function describe({ folder, facts }: DescribeOrder): Promise<Description> {
  try {
    const path = join(folder, facts.entry ?? "");
    const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
    return { manifest: describePlugin(findPlugin(module, "the entry"), facts) };
  } catch (error) {
    if (error instanceof CapstanError) return { problem: error.toProblem() };
    // Paths of a folder that is gone in a moment tell nobody anything.
    const crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { crash: crash.replaceAll(pathToFileURL(`${folder}/`).href, "").replaceAll(`${folder}/`, "") };
  }
}

process.once("message", (order: DescribeOrder) => {
  void describe(order).then((answer) => process.send?.(answer));
});
