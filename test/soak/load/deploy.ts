import { readFile } from "node:fs/promises";
import type { Capstan } from "@capstan/client";
import { describePlugin, type Plugin } from "@capstan/plugin";
import type { Manifest, RevisionView } from "@capstan/protocol";
import { digestOf } from "@capstan/worker";
import { plugin } from "./soak-plugin.js";

const source = new URL("./soak-plugin.js", import.meta.url);
const program = new URL("./persistent-program.js", import.meta.url);

interface Deployment {
  /** Of the plugin; revisions of another name roll without disturbing what runs under the first. */
  readonly name: string;
  readonly version: string;
}

/** Deploys the tasks of the soak for executors of their own; the task `version` says which revision it is of. */
export async function deploySoak(client: Capstan, { name, version }: Deployment): Promise<RevisionView> {
  const code = (await readFile(source, "utf8"))
    .replace('const version = "v1"', `const version = "${version}"`)
    .replace('name: "soak"', `name: "${name}"`);
  const files = filesOf({ "plugin.js": code, "package.json": '{"type":"module"}' });
  const named = { ...plugin, name } as unknown as Plugin;
  const manifest = describePlugin(named, { entry: "plugin.js", version, files: facts(files) });
  return client.plugins.deploy(manifest, async (path) => files.get(path)!);
}

/** Deploys the program that stays up between trials, as `persistent/sum`. */
export async function deployPersistent(client: Capstan): Promise<RevisionView> {
  const files = filesOf({ "program.js": await readFile(program, "utf8"), "package.json": '{"type":"module"}' });
  const manifest: Manifest = {
    manifestVersion: 1,
    plugin: "persistent",
    version: "1",
    runtime: "command",
    command: [process.execPath, "program.js"],
    files: facts(files),
    definitions: [{ name: "sum" }],
  };
  return client.plugins.deploy(manifest, async (path) => files.get(path)!);
}

function filesOf(texts: Readonly<Record<string, string>>): Map<string, Buffer> {
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

function facts(files: ReadonlyMap<string, Buffer>): { path: string; digest: string; bytes: number }[] {
  return [...files].map(([path, bytes]) => ({ path, digest: digestOf(bytes), bytes: bytes.byteLength }));
}
