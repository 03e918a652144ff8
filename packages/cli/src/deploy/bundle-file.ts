import { createHash } from "node:crypto";
import type { BundleFile } from "@capstan/protocol";
import type { ExtraFile } from "./extra-file.js";

/** The files of a bundle as its manifest lists them, sorted by path. */
export function bundleFiles(files: ReadonlyMap<string, ExtraFile>): BundleFile[] {
  return [...files]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, { bytes, isExecutable }]) => {
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const file = { path, digest, bytes: bytes.byteLength };
      return isExecutable ? { ...file, isExecutable } : file;
    });
}
