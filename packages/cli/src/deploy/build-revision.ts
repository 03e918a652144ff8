import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CapstanError, limits, type Manifest } from "@capstan/protocol";
import { bundleFiles } from "./bundle-file.js";
import { bundle, bundleEntry } from "./bundle.js";
import { describeBundle } from "./describe-bundle.js";
import { extraFiles, type ExtraFile } from "./extra-file.js";
import { findEntry } from "./find-entry.js";

/** A revision that is ready to be deployed. */
export interface BuiltRevision {
  readonly manifest: Manifest;
  /** Its id: the digest of what it is. */
  readonly revision: string;
  /** The bytes of one of its files. */
  read(path: string): Uint8Array;
}

/**
 * Bundles the plugin of a folder, loads the bundle in a process of its own to describe it, and makes its manifest.
 * @throws CapstanError `invalid-config`, `invalid-manifest`, `invalid-path`, `too-large`.
 */
export async function buildRevision(path: string, version?: string): Promise<BuiltRevision> {
  const { checkBundle, revisionOf } = await import("@capstan/worker");
  const folder = await findEntry(path);
  const files = await collect(folder);
  checkSize(files);
  const facts = {
    entry: bundleEntry,
    files: bundleFiles(files),
    ...(folder.version === undefined ? {} : { version: folder.version }),
  };
  const described = await withUnpacked(files, (unpacked) => describeBundle(unpacked, facts));
  const manifest = version === undefined ? described : { ...described, version };
  checkBundle(manifest);
  return { manifest, revision: revisionOf(manifest), read: (name) => files.get(name)!.bytes };
}

async function collect(folder: Awaited<ReturnType<typeof findEntry>>): Promise<Map<string, ExtraFile>> {
  const files = await extraFiles(folder);
  for (const [name, bytes] of await bundle(folder)) {
    if (files.has(name))
      throw new CapstanError("invalid-config", `capstan.files lists ${name}, which the bundle makes itself: rename it`);
    files.set(name, { bytes, isExecutable: false });
  }
  return files;
}

function checkSize(files: ReadonlyMap<string, ExtraFile>): void {
  let total = 0;
  for (const { bytes } of files.values()) total += bytes.byteLength;
  if (total <= limits.bundleBytesMax) return;
  const largest = [...files].toSorted(([, left], [, right]) => right.bytes.byteLength - left.bytes.byteLength)[0]?.[0];
  throw new CapstanError(
    "too-large",
    `the bundle has ${total} bytes, the largest file is ${largest}: at most ${limits.bundleBytesMax} are allowed`,
    { details: { limit: limits.bundleBytesMax } },
  );
}

/** The files as a worker will find them, for as long as the work takes. */
async function withUnpacked<T>(
  files: ReadonlyMap<string, ExtraFile>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-deploy-"));
  try {
    for (const [name, { bytes, isExecutable }] of files) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes, { mode: isExecutable ? 0o755 : 0o644 });
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
