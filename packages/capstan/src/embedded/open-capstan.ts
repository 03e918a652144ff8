import type { EngineOptions } from "@capstan/engine";
import type { WorkerOptions } from "@capstan/worker";
import type { EmbeddedCapstan } from "./embedded-capstan.js";

/** How Capstan is opened within an application. */
export interface OpenOptions
  extends
    Pick<WorkerOptions, "plugins" | "slots" | "labels" | "runtimes" | "namespace" | "onEvent">,
    Pick<EngineOptions, "folder" | "logger" | "retention" | "backlogMax"> {}

/**
 * Opens Capstan within the application: an engine on SQLite in a folder, and a worker, both in this process, without a
 * server. Inline plugins run in this process; commands and deployed plugins run in processes of their own. What was
 * launched survives the end of the process, and goes on when the folder is opened again.
 *
 * A folder is used by one engine at a time. Without `plugins` only the runtimes `node` and `command` are served; with
 * `runtimes: ["inline"]` no further process is started.
 * @throws CapstanError `store-locked` when another engine uses the folder; `store-newer`, `invalid-config`,
 * `invalid-manifest`.
 * @example
 * const capstan = await openCapstan({ folder: ".capstan", plugins: [images] });
 * const task = await capstan.launch(images.tasks.resize, { path: "cat.png", width: 200 });
 * console.log(await task.result());
 * await capstan.close();
 */
export async function openCapstan(options: OpenOptions): Promise<EmbeddedCapstan> {
  // Loaded when it is needed: whoever only wants a client loads no engine.
  const { startEmbedded } = await import("./start-embedded.js");
  return startEmbedded(options);
}
