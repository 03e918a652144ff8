import type { Manifest } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { factLines } from "./facts.js";
import { bytes } from "./quantity.js";
import { counted } from "./text.js";

interface Revision {
  readonly revision: string;
  readonly manifest: Manifest;
  readonly state: string;
}

/** A revision that was built, and what became of it. */
export function revisionLines({ revision, manifest, state }: Revision, output: Output): string[] {
  const size = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return factLines(
    [
      ["revision", revision],
      ["plugin", `${manifest.plugin} ${manifest.version}`],
      ["state", state],
      ["files", `${counted(manifest.files.length, "file")}, ${bytes(size)}`],
      ...manifest.definitions.map(({ name }) => ["definition", `${manifest.plugin}/${name}`] as const),
    ],
    output,
  );
}
