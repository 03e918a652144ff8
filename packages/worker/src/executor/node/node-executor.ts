/**
 * Runs trials of a Node plugin in a child process that loads its revision once. Several trials may run in it at a time
 * when the definition allows; a crash ends only what ran in it.
 */
import { fileURLToPath } from "node:url";
import type { ExecutorKind, ExecutorResources, LoadedRevision } from "../executor.js";
import { executorEnv } from "../process/environment.js";
import { ProcessExecutor } from "../process/process-executor.js";

const program = fileURLToPath(new URL("./child.js", import.meta.url));

/** The kind `node`. */
export const nodeKind: ExecutorKind = {
  kind: "node",
  start(revision: LoadedRevision, resources: ExecutorResources) {
    const { manifest, directory } = revision;
    return ProcessExecutor.start({
      kind: "node",
      revision: revision.revision,
      resources,
      seatsMax: manifest.trialsPerExecutor ?? 1,
      order: {
        command: [process.execPath, "--enable-source-maps", program],
        cwd: directory,
        env: executorEnv(resources, manifest.env),
      },
      load: ({ lineBytesMax }) => ({ type: "load", directory, entry: manifest.entry ?? "index.js", lineBytesMax }),
    });
  },
};
