import { createHash } from "node:crypto";
import { canonicalJson, revisionIdOf, type Manifest } from "@capstan/protocol";

/** The SHA-256 digest of bytes or text, as it is written everywhere. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The id of the revision that a manifest describes. */
export function revisionOf(manifest: Manifest): string {
  return revisionIdOf(digestOf(canonicalJson(manifest)));
}
