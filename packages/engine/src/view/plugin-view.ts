import type { PluginRow, RevisionRow } from "@capstan/core";
import type { PluginView, RevisionView } from "@capstan/protocol";
import { present } from "./column.js";

export interface RevisionFacts {
  readonly isDefault: boolean;
  readonly tasksUnfinished: number;
  /** Whether the manifest is part of the view: alone it is, in lists not. Default false. */
  readonly hasManifest?: boolean;
}

export function revisionView(
  row: RevisionRow,
  { isDefault, tasksUnfinished, hasManifest }: RevisionFacts,
): RevisionView {
  return {
    id: row.id,
    namespace: row.namespace,
    plugin: row.plugin,
    version: row.version,
    digest: row.digest,
    runtime: row.manifest.runtime,
    isDefault,
    deployedAtMs: row.deployedAtMs,
    tasksUnfinished,
    ...present({ manifest: hasManifest === true ? row.manifest : undefined }),
  };
}

/** A plugin with its revisions, newest first; description and definitions are the default revision's, else the newest's. */
export function pluginView(
  row: PluginRow,
  revisions: readonly RevisionRow[],
  tasksUnfinished: (revision: string) => number,
): PluginView {
  const newestFirst = revisions.toSorted((left, right) => right.deployedAtMs - left.deployedAtMs);
  const shown = newestFirst.find(({ id }) => id === row.defaultRevision) ?? newestFirst[0];
  return {
    name: row.name,
    namespace: row.namespace,
    revisions: newestFirst.map((revision) =>
      revisionView(revision, {
        isDefault: revision.id === row.defaultRevision,
        tasksUnfinished: tasksUnfinished(revision.id),
      }),
    ),
    definitions: shown === undefined ? [] : shown.manifest.definitions,
    ...present({
      description: shown?.manifest.description,
      defaultRevision: row.defaultRevision === null ? undefined : row.defaultRevision,
    }),
  };
}
