import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Deployed {
  readonly id: string;
  readonly plugin: string;
  readonly version: string;
}

/** Deploys a plugin's module with all that it imports, by the command line: `capstan deploy`. */
export async function deploy(root: string, url: string, module: string): Promise<Deployed> {
  const capstan = join(root, "packages", "capstan", "bin", "capstan.js");
  const { stdout } = await run(process.execPath, [capstan, "deploy", join(root, module), "--url", url, "--json"]);
  return JSON.parse(stdout) as Deployed;
}
