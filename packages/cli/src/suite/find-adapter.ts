import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { adapterNamed, adapterNames, recognisedAdapters, type Adapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import { parseWord } from "../option/word.js";

/**
 * The adapter of that name, or the one of the framework that the tree is set up for.
 * @throws CapstanError `invalid-config` when none is known, or the tree is set up for several.
 */
export async function findAdapter(root: string, name: string | undefined): Promise<Adapter> {
  if (name !== undefined) return adapterNamed(parseWord(name, "--adapter", adapterNames));
  const names = await readdir(root).catch((cause: unknown) => {
    throw new CapstanError("invalid-config", `the folder ${root} cannot be read: name another by --root`, { cause });
  });
  const found = recognisedAdapters({ names, text: (file) => readFileSync(join(root, file), "utf8") });
  if (found.length === 1) return found[0]!;
  const which = found.map((each) => each.title).join(" and for ");
  const why = found.length === 0 ? `is set up for none of ${adapterNames.join(", ")}` : `is set up for ${which}`;
  throw new CapstanError("invalid-config", `${root} ${why}: name the framework by --adapter`);
}
