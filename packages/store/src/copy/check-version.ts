import { CapstanError } from "@capstan/protocol/plain";

/** @throws CapstanError `invalid-config`, `store-newer` or `store-older` when a store to be copied has not the schema of this version. */
export function checkVersion(shown: string, version: number, known: number): void {
  if (version === known) return;
  if (version === 0) {
    throw new CapstanError("invalid-config", `there is no store at ${shown}: name the folder or address of an engine`);
  }
  const details = { version, known };
  const has = `the store at ${shown} has schema ${version} and this version of Capstan knows ${known}`;
  if (version > known) throw new CapstanError("store-newer", `${has}: copy it with the newer version`, { details });
  const remedy = "start an engine of this version on it once, which migrates it";
  throw new CapstanError("store-older", `${has}: ${remedy}`, { details });
}
