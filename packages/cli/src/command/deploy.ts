import { resolve } from "node:path";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly version?: string;
  readonly default: boolean;
  readonly dryRun?: boolean;
}

export const defineDeploy: DefineVerb = (command, context) => {
  command
    .argument("[dir]", "folder of the plugin, or its entry file", ".")
    .option("--version <version>", "shown to people (default: that of the plugin, or of package.json)")
    .option("--no-default", "leave the plugin's default revision as it is")
    .option("--dry-run", "bundle and describe it, but send nothing")
    .action((dir: string, options: Options) => deploy(context, dir, options))
    .addHelpText("after", help);
};

const help = `
The entry is \`capstan.plugin\` in package.json, or index.ts, .mts, .js or .mjs there or in src. It is bundled with what it
imports. In package.json, \`capstan.files\` lists files and folders that travel beside the bundle, and \`capstan.external\`
packages that are left out of it and travel in node_modules.
${examples([
  ["deploy plugins/images", "makes it the default of new launches"],
  ["deploy . --no-default --json | jq -r .id", "deploys it beside the default and prints its id"],
  ["deploy . --dry-run", "shows what would be deployed"],
])}`;

async function deploy(context: Context, dir: string, options: Options): Promise<void> {
  const { buildRevision } = await import("../deploy/build-revision.js");
  const { output, io } = context;
  const isLive = io.stderr.isTTY === true && !output.isJson;
  if (isLive) io.stderr.write("bundling …\r");
  const built = await buildRevision(resolve(io.cwd, dir), options.version).finally(() => {
    if (isLive) io.stderr.write("\u001b[K");
  });
  const { manifest, revision } = built;
  const { revisionLines } = await import("../render/revision.js");
  if (options.dryRun === true) {
    if (output.isJson) output.json({ id: revision, manifest });
    else output.lines(revisionLines({ revision, manifest, state: "not deployed: dry run" }, output));
    return;
  }
  const client = await connect(context);
  const readFile = async (path: string): Promise<Uint8Array> => built.read(path);
  const view = await client.plugins.deploy(manifest, readFile, { isDefault: options.default });
  if (output.isJson) return output.json(view);
  const state = view.isDefault ? "deployed, the default now" : "deployed, not the default";
  output.lines(revisionLines({ revision: view.id, manifest, state }, output));
}
