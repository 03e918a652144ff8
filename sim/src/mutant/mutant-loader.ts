import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { mutantVariable, repositoryRoot } from "./mutant-place.js";
import { mutate } from "./mutant.js";
import { mutants } from "./mutants.js";

const mutant = mutants.find(({ name }) => name === process.env[mutantVariable]);
const compiled = mutant && new URL(mutant.file.replace("/src/", "/dist/").replace(/\.ts$/, ".js"), repositoryRoot).href;

/** Serves one module with the fault in it; everything else as it is compiled. */
export const load: LoadHook = async (url, context, nextLoad) => {
  if (mutant === undefined || url !== compiled) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(new URL(mutant.file, repositoryRoot)), "utf8");
  const { code } = await transform(mutate(mutant, source), { loader: "ts", format: "esm", target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
};
