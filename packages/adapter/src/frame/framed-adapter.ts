import type { Adapter, AdapterFile } from "../adapter.js";
import { nodeProgram } from "../program-file.js";
import type { Hooks } from "./hooks.js";

const main = new URL("./main.js", import.meta.url);
const files = nodeProgram(main, "frame-desk.js", "hook-run.js", "inner-program.js", "variable-file.js");

/** An adapter whose program runs within another one, which runs hooks before and after it, and files one after another. */
export function framedAdapter(
  adapter: Adapter,
  { beforeAll = "", afterAll = "", timeoutMs = 0 }: Partial<Hooks>,
): Adapter {
  return {
    ...adapter,
    isOwn: true,
    isFramed: true,
    files: distinct([...adapter.files, ...files]),
    command: ["node", "dist/frame/main.js", String(timeoutMs), beforeAll, afterAll, ...adapter.command],
  };
}

function distinct(all: readonly AdapterFile[]): AdapterFile[] {
  return [...new Map(all.map((file) => [file.path, file])).values()];
}
