import { createHash } from "node:crypto";
import { Capstan, type TaskHandle } from "@capstan/client";
import { startEngine, type RunningEngine } from "@capstan/engine";
import { definePlugin, defineTask, describePlugin } from "@capstan/plugin";
import { canonicalJson } from "@capstan/protocol";
import type { Act } from "./recording.js";

/** The plugin of a recorded session. */
export const framesPlugin = definePlugin({
  name: "frames",
  version: "1.0.0",
  tasks: [
    defineTask({ name: "echo", run: (input: unknown) => input }),
    defineTask({
      name: "say",
      run: async (text: string, { log, progress }) => {
        progress(0.5, "half");
        log.info(text);
        // Long enough that the progress is told while the trial runs.
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    }),
    defineTask({
      name: "hold",
      policy: { safeToRerun: false },
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
        }),
    }),
  ],
});

/** Times long enough that none of them runs out while frames are recorded or replayed, but for advice and heartbeats. */
const config = { offerMs: 60_000, leaseMs: 60_000, unreachableMs: 60_000, heartbeatMs: 100, unusedMs: 200 };

/** An engine and what is done to it during a recorded session. */
export class Stage {
  readonly client: Capstan;
  readonly running: RunningEngine;
  #task: TaskHandle | undefined;

  private constructor(running: RunningEngine) {
    this.running = running;
    this.client = new Capstan({ url: running.url! });
  }

  static async open(folder: string): Promise<Stage> {
    return new Stage(await startEngine({ folder, port: 0, config }));
  }

  async act(act: Act): Promise<void> {
    switch (act.do) {
      case "deploy":
        await this.#deploy(act.runtime);
        break;
      case "launch":
        this.#task = await this.client.launch(act.definition, act.input);
        break;
      case "launchWorkspace":
        await this.#launchWorkspace(act.definition);
        break;
      case "cancel":
        await this.#task!.cancel();
        break;
      case "drain":
      case "undrain":
        for await (const worker of this.client.workers.list()) {
          if (worker.status === "ready" || worker.status === "draining")
            await this.client.workers.drain(worker.id, { isDraining: act.do === "drain" });
        }
        break;
    }
  }

  async #launchWorkspace(task: string): Promise<void> {
    const text = Buffer.from(canonicalJson({ treeVersion: 1, files: [], links: [], directories: [] }));
    const tree = { digest: `sha256:${createHash("sha256").update(text).digest("hex")}`, bytes: text.byteLength };
    await this.client.blobs.put(tree.digest, text);
    await this.client.launchTaskset({ task, tasks: [{ input: 1 }], workspace: { tree } });
  }

  close(): Promise<void> {
    return this.running.close({ graceMs: 0 });
  }

  async #deploy(runtime: "inline" | "command"): Promise<void> {
    const named = runtime === "inline" ? framesPlugin : { ...framesPlugin, name: "program" };
    const manifest = describePlugin(named, { runtime, files: [] });
    const command = runtime === "inline" ? {} : { command: ["true"] };
    await this.client.plugins.deploy({ ...manifest, ...command }, () => Promise.reject(new Error("there is no file")));
  }
}
