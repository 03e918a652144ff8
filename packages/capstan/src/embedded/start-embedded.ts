import { join } from "node:path";
import { defaultNamespace } from "@capstan/protocol";
import { EmbeddedCapstan } from "./embedded-capstan.js";
import { InProcess } from "./in-process.js";
import type { OpenOptions } from "./open-capstan.js";

/** Starts engine and worker, each ended again when the other does not start. */
export async function startEmbedded(options: OpenOptions): Promise<EmbeddedCapstan> {
  const { folder, logger, retention, backlogMax, namespace = defaultNamespace, ...work } = options;
  const inProcess = await InProcess.start(
    {
      folder,
      ...(logger === undefined ? {} : { logger }),
      ...(retention === undefined ? {} : { retention }),
      ...(backlogMax === undefined ? {} : { backlogMax }),
    },
    namespace,
  );
  try {
    const worker = await inProcess.startWorker({ ...work, name: "embedded", folder: join(folder, "cache") });
    return new EmbeddedCapstan({ inProcess, worker, namespace });
  } catch (error) {
    await inProcess.engine.close({ graceMs: 0 });
    throw error;
  }
}
