import { readFile } from "node:fs/promises";
import type { Capstan } from "@capstan/client";
import { describePlugin, type Plugin } from "@capstan/plugin";
import type { RevisionView } from "@capstan/protocol";
import { digestOf } from "@capstan/worker";
import { plugin } from "./probe-plugin.js";

const source = new URL("./probe-plugin.js", import.meta.url);

/** Deploys the tasks of the tests as a bundle for executors of their own; `version` is what its task of that name says. */
export async function deployProbe(client: Capstan, version = "v1", isDefault = true): Promise<RevisionView> {
  const code = (await readFile(source, "utf8")).replace('const version = "v1"', `const version = "${version}"`);
  const files = new Map([
    ["plugin.js", Buffer.from(code)],
    ["package.json", Buffer.from('{"type":"module"}')],
  ]);
  const manifest = describePlugin(plugin as unknown as Plugin, {
    entry: "plugin.js",
    version,
    files: [...files].map(([path, bytes]) => ({ path, digest: digestOf(bytes), bytes: bytes.byteLength })),
  });
  return client.plugins.deploy(manifest, async (path) => files.get(path)!, { isDefault });
}
