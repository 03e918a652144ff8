import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { mutantVariable, repositoryRoot } from "./mutant-place.js";
import { filesOf, mutate } from "./mutant.js";
import { mutants } from "./mutants.js";

const mutant = mutants.find(({ name }) => name === process.env[mutantVariable]);
const sources = new Map((mutant === undefined ? [] : filesOf(mutant)).map((file) => [compiledOf(file), file]));

function compiledOf(file: string): string {
  return new URL(file.replace("/src/", "/dist/").replace(/\.ts$/, ".js"), repositoryRoot).href;
}

/** Serves the modules with the fault in them; everything else as it is compiled. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const file = sources.get(url);
  if (mutant === undefined || file === undefined) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(new URL(file, repositoryRoot)), "utf8");
  const { code } = await transform(mutate(mutant, file, source), { loader: "ts", format: "esm", target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
};
