import { createHash } from "node:crypto";
import type { PluginRow, RevisionRow } from "@capstan/core";
import { canonicalJson, revisionIdOf, type Manifest } from "@capstan/protocol";

/** What a deployment commits, and what must be stored before it. Nothing to commit: it was deployed just so already. */
export interface DeployPlan {
  readonly revision: RevisionRow;
  /** Whether the revision's row is to be committed. */
  readonly isNew: boolean;
  /** The plugin's row, when it changes. */
  readonly plugin: PluginRow | undefined;
  /** The digests of the bundle's files, each once: all must be stored (`blob-missing`). */
  readonly digests: readonly string[];
}

/** The revision of a manifest: its id and digest say its content, so the same content is the same revision. */
export function revisionOf(namespace: string, manifest: Manifest, deployedAtMs: number): RevisionRow {
  const digest = `sha256:${createHash("sha256").update(canonicalJson(manifest)).digest("hex")}`;
  return {
    namespace,
    id: revisionIdOf(digest),
    plugin: manifest.plugin,
    version: manifest.version,
    digest,
    manifest,
    deployedAtMs,
  };
}
