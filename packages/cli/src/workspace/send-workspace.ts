import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Capstan } from "@capstan/client";
import type { Workspace } from "@capstan/protocol";
import { pushSnapshot, snapshot } from "@capstan/workspace";
import type { Context } from "../context.js";
import { bytes, duration } from "../render/quantity.js";
import { counted } from "../render/text.js";
import type { WorkspaceSettings } from "./workspace-options.js";

/** Sends what the engine lacks of a tree, and gives the workspace to launch with. @throws CapstanError as `snapshot` does. */
export async function sendWorkspace(
  { io, output }: Context,
  client: Capstan,
  { root, settings }: { readonly root: string; readonly settings: WorkspaceSettings },
): Promise<Workspace> {
  const startedAtMs = performance.now();
  const { include, exclude, ...rest } = settings;
  const statCache = await statCacheOf(io.env, root);
  const taken = await snapshot(root, {
    statCache,
    submodules: "skip",
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
  });
  const { tree, filesSent, bytesSent } = await pushSnapshot(taken, client.blobs);
  const took = duration(performance.now() - startedAtMs);
  const files = counted(taken.tree.files.length, "file");
  const sent = filesSent === 0 ? "nothing new" : `${counted(filesSent, "file")} of ${bytes(bytesSent)} sent`;
  output.note(output.errorStyle.dim(`workspace: ${files}, ${sent}, ${took}`));
  return { tree, ...rest };
}

/** Digests of what did not change since the last time, so that only what did is read again. */
async function statCacheOf(env: NodeJS.ProcessEnv, root: string): Promise<string> {
  const folder = join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "capstan", "snapshots");
  await mkdir(folder, { recursive: true });
  return join(folder, createHash("sha256").update(root).digest("hex").slice(0, 32));
}
