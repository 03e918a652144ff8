/** Starts a program that stays up and takes trials as JSON lines on file descriptor 3. */
import type { Executor, ExecutorResources, LoadedRevision } from "../executor.js";
import { startError } from "../start-error.js";
import { executorEnv } from "../process/environment.js";
import { ProcessExecutor } from "../process/process-executor.js";

/** @throws CapstanError `executor-start-failed`, `revision-load-failed`: when the manifest names no program, or it does not become ready */
export async function startPersistent(revision: LoadedRevision, resources: ExecutorResources): Promise<Executor> {
  const { manifest, directory } = revision;
  if (!manifest.command || manifest.command.length === 0) {
    throw startError("revision-load-failed", "a persistent executor needs `command` in its manifest");
  }
  return ProcessExecutor.start({
    kind: "command",
    revision: revision.revision,
    resources,
    seatsMax: manifest.trialsPerExecutor ?? 1,
    order: {
      command: manifest.command,
      cwd: directory === "" ? process.cwd() : directory,
      env: executorEnv(resources, manifest.env),
    },
  });
}
