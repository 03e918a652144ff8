import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { CapstanError } from "@capstan/protocol";

/** What a folder says of the plugin in it. */
export interface PluginFolder {
  readonly folder: string;
  /** The module to bundle, an absolute path. */
  readonly entry: string;
  readonly version?: string;
  /** Files and folders that travel beside the bundle, relative to the folder. */
  readonly files: readonly string[];
  /** Packages that are not bundled. */
  readonly external: readonly string[];
}

interface PackageJson {
  readonly version?: unknown;
  readonly main?: unknown;
  readonly capstan?: unknown;
}

const guesses = ["index", "src/index"].flatMap((stem) => ["ts", "mts", "js", "mjs"].map((end) => `${stem}.${end}`));

/**
 * Finds the entry of a plugin: `capstan.plugin` of package.json, the usual index files, or `main`. A file is its own entry.
 * @throws CapstanError `invalid-config` when there is none, or a field of package.json has the wrong form.
 */
export async function findEntry(path: string): Promise<PluginFolder> {
  const kind = await kindOf(path);
  if (kind === undefined)
    throw new CapstanError("invalid-config", `there is no folder ${path}: give that of the plugin`);
  const folder = kind === "file" ? dirname(path) : path;
  const manifest = await readPackage(folder);
  const settings = settingsOf(manifest.capstan, folder);
  const entry = kind === "file" ? path : await entryOf(folder, settings.plugin, manifest.main);
  const { files = [], external = [] } = settings;
  return {
    folder,
    entry,
    files,
    external,
    ...(typeof manifest.version === "string" ? { version: manifest.version } : {}),
  };
}

async function entryOf(folder: string, named: string | undefined, main: unknown): Promise<string> {
  if (named !== undefined) {
    const entry = within(folder, named);
    if ((await kindOf(entry)) === "file") return entry;
    throw new CapstanError(
      "invalid-config",
      `capstan.plugin of package.json is "${named}", and there is no such file in ${folder}`,
    );
  }
  const candidates = [...guesses, ...(typeof main === "string" ? [main] : [])];
  for (const guess of candidates) if ((await kindOf(join(folder, guess))) === "file") return join(folder, guess);
  const remedy = "name it as `capstan.plugin` in package.json";
  throw new CapstanError(
    "invalid-config",
    `${folder} has no plugin: none of ${candidates.join(", ")} is there; ${remedy}`,
  );
}

/** A path within the folder. @throws CapstanError `invalid-path` when it leaves it. */
export function within(folder: string, path: string): string {
  const absolute = resolve(folder, path);
  const away = relative(folder, absolute);
  if (away !== ".." && !away.startsWith(`..${sep}`)) return absolute;
  throw new CapstanError("invalid-path", `"${path}" leaves the plugin's folder: copy it there, or link the package`);
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? "folder" : "file";
}

async function readPackage(folder: string): Promise<PackageJson> {
  const path = join(folder, "package.json");
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    return JSON.parse(text) as PackageJson;
  } catch (cause) {
    throw new CapstanError("invalid-config", `${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

interface Settings {
  readonly plugin?: string;
  readonly files?: readonly string[];
  readonly external?: readonly string[];
}

function settingsOf(value: unknown, folder: string): Settings {
  if (value === undefined) return {};
  const fields = (typeof value === "object" && value !== null ? value : { "": value }) as Record<string, unknown>;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((item) => typeof item === "string");
  for (const [name, field] of Object.entries(fields)) {
    const isRight =
      name === "plugin" ? typeof field === "string" : (name === "files" || name === "external") && isList(field);
    if (isRight) continue;
    const form = "it has `plugin` (a path), `files` and `external` (lists of text)";
    throw new CapstanError("invalid-config", `capstan.${name} in ${join(folder, "package.json")} is wrong: ${form}`);
  }
  return fields;
}
