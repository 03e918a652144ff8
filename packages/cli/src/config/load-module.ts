import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CapstanError, excerpt } from "@capstan/protocol";
import {
  build,
  type BuildFailure,
  type OnResolveArgs,
  type OnResolveResult,
  type Plugin,
  type PluginBuild,
} from "esbuild";

/** What configurations import of Capstan, wherever it is installed. */
const own = /^(?:capstan|@capstan\/cli)\/config$/;
const ownPath = fileURLToPath(new URL("config.js", import.meta.url));

/**
 * Runs a module in TypeScript or JavaScript, and gives what it exports by default. Files that it imports are compiled with
 * it; packages are loaded from where they are installed. Nothing is written.
 * @throws CapstanError `invalid-config` with the place of what cannot be compiled, or what the module threw.
 */
export async function loadModule(path: string, shown: string): Promise<unknown> {
  const code = await compile(path, shown);
  try {
    const url = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
    const module = (await import(url)) as { readonly default?: unknown };
    return module.default;
  } catch (cause) {
    const reason = excerpt((cause as Error | undefined)?.message ?? String(cause));
    throw new CapstanError("invalid-config", `${shown} cannot be loaded: ${reason}`, { cause });
  }
}

async function compile(path: string, shown: string): Promise<Uint8Array> {
  const url = JSON.stringify(pathToFileURL(path).href);
  const folder = JSON.stringify(dirname(path));
  const file = JSON.stringify(path);
  try {
    const { outputFiles } = await build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      target: "node20.19",
      plugins: [packagesOutside],
      define: {
        "import.meta.url": url,
        "import.meta.dirname": folder,
        "import.meta.filename": file,
        __dirname: folder,
        __filename: file,
      },
      banner: {
        js: `import { createRequire as __makeRequire } from "node:module"; const require = __makeRequire(${url});`,
      },
      logLevel: "silent",
    });
    return outputFiles[0]!.contents;
  } catch (cause) {
    const [first] = (cause as Partial<BuildFailure>).errors ?? [];
    if (first === undefined) throw cause;
    const at = first.location === null ? shown : `${first.location.file}:${first.location.line}`;
    throw new CapstanError("invalid-config", `${at}: ${first.text}`, { cause });
  }
}

const asked = Symbol("asked");

/** Packages are imported by their full address, since what is run has no place from which they could be looked for. */
const packagesOutside: Plugin = {
  name: "packages-outside",
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, (args) => resolvePackage(builder, args));
  },
};

async function resolvePackage(builder: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  if (args.kind === "entry-point" || args.pluginData === asked) return undefined;
  if (own.test(args.path)) return { path: ownPath };
  if (isBuiltin(args.path)) return { path: args.path, external: true };
  const { kind, resolveDir, importer } = args;
  const { path, errors } = await builder.resolve(args.path, { kind, resolveDir, importer, pluginData: asked });
  if (errors.length > 0) return { errors };
  // An alias of the project's own files.
  if (!/[\\/]node_modules[\\/]/.test(path)) return { path };
  return { path: kind === "require-call" ? path : pathToFileURL(path).href, external: true };
}
