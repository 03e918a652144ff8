import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { Capstan } from "@capstan/client";
import { call, type CallOptions, type CallResult } from "./main.test.support.js";
import { startLocalEngine, type LocalEngine } from "./run/local-engine.js";

/** The command as it is installed. */
export const bin = fileURLToPath(new URL("../../capstan/bin/capstan.js", import.meta.url));

/** A real engine with a worker of four slots for the tests of a file. */
export interface Bed {
  readonly url: string;
  readonly client: Capstan;
  /** A folder for the files of the test, which is also where the command line is called. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes files into a folder of that name in it; gives its path. */
  tree(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  call(argv: readonly string[], options?: CallOptions): Promise<CallResult>;
}

/** Starts a bed before the tests of the file and ends it after them. */
export function useBed(): Bed {
  let engine: LocalEngine;
  let folder = "";
  let client: Capstan;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "capstan-cli-"));
    engine = await startLocalEngine({ slots: 4 });
    client = new Capstan({ url: engine.url });
  });
  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    get url() {
      return engine.url;
    },
    get client() {
      return client;
    },
    get folder() {
      return folder;
    },
    get env() {
      return { CAPSTAN_URL: engine.url };
    },
    tree: (name, files) => writeTree(join(folder, name), files),
    call: (argv, options = {}) =>
      call(argv, { cwd: folder, ...options, env: { CAPSTAN_URL: engine.url, ...options.env } }),
  };
}

async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}
