import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describePlugin, type Capstan, type Plugin } from "capstan";

const entry = "index.mjs";

/** Makes one file of a plugin's module and all that it imports, and deploys it as a revision. */
export async function deploy(capstan: Capstan, plugin: Plugin, moduleUrl: URL) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(moduleUrl)],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "silent",
  });
  const bytes = outputFiles[0]!.contents;
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const files = [{ path: entry, digest, bytes: bytes.byteLength }];
  return capstan.plugins.deploy(describePlugin(plugin, { entry, files }), () => Promise.resolve(bytes));
}
