import { CapstanError } from "@capstan/protocol";
import { build, type BuildFailure, type BuildOptions, type Message } from "esbuild";
import type { PluginFolder } from "./find-entry.js";

export const bundleEntry = "plugin.mjs";

/** CommonJS packages in the bundle ask for Node's own modules by `require`, which ES modules do not have. */
const banner = `import { createRequire as __capstanRequire } from "node:module";
globalThis.require ??= __capstanRequire(import.meta.url);`;

/**
 * Bundles a plugin with all that it imports into one ES module with its source map, by their paths in the bundle. The
 * same sources give the same bytes wherever the repository is: paths in them are relative to the folder.
 * @throws CapstanError `invalid-manifest` with file and line of what cannot be bundled.
 */
export async function bundle({ folder, entry, external }: PluginFolder): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await run({
    entryPoints: [{ in: entry, out: "plugin" }],
    absWorkingDir: folder,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    assetNames: "[name]-[hash]",
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20.19",
    sourcemap: "linked",
    keepNames: true,
    external: [...external, ...external.map((name) => `${name}/*`)],
    loader: { ".node": "copy", ".wasm": "copy" },
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    banner: { js: banner },
    logLevel: "silent",
  });
  const files = new Map<string, Uint8Array>();
  for (const { path, contents } of outputFiles ?? [])
    files.set(path.slice(folder.length + 1).replaceAll("\\", "/"), contents);
  return files;
}

async function run(options: BuildOptions) {
  try {
    return await build(options);
  } catch (cause) {
    const { errors = [] } = cause as Partial<BuildFailure>;
    const [first] = errors;
    if (first === undefined) throw cause;
    const misfits = errors.slice(0, 10).map((message) => ({ at: placeOf(message), message: message.text }));
    throw new CapstanError("invalid-manifest", `the plugin cannot be bundled: ${placeOf(first)}: ${first.text}`, {
      details: { misfits },
      cause,
    });
  }
}

function placeOf({ location }: Message): string {
  return location === null ? "entry" : `${location.file}:${location.line}:${location.column + 1}`;
}
