import { createHash } from "node:crypto";
import { CapstanError, type BundleFile, type Manifest, type PluginView, type RevisionView } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { Peer, type Handlers } from "../peer.test.support.js";

const files = new Map([
  ["main.js", Buffer.from("export {}")],
  ["data/a.txt", Buffer.from("a")],
  ["data/same.txt", Buffer.from("a")],
]);
const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const manifest: Manifest = {
  manifestVersion: 1,
  plugin: "images",
  version: "1",
  runtime: "node",
  entry: "main.js",
  files: [...files].map(([path, bytes]): BundleFile => ({ path, digest: digestOf(bytes), bytes: bytes.length })),
  definitions: [{ name: "resize" }],
};
const readFile = async (path: string) => files.get(path) ?? expect.unreachable(path);
const revision: RevisionView = {
  id: `rev_${"0".repeat(26)}`,
  namespace: "default",
  plugin: "images",
  version: "1",
  digest: `sha256:${"0".repeat(64)}`,
  runtime: "node",
  isDefault: true,
  deployedAtMs: 1,
  tasksUnfinished: 0,
};
const plugin: PluginView = {
  name: "images",
  namespace: "default",
  revisions: [revision],
  definitions: [{ name: "resize" }],
};

/** Keeps blobs as an engine does. */
function blobStore(blobs: Map<string, Buffer>): Handlers {
  return {
    missingBlobs: ({ body }) => ({
      digests: (body as { digests: string[] }).digests.filter((digest) => !blobs.has(digest)),
    }),
    putBlob: ({ parameters, body, headers }) => {
      expect(headers["content-type"]).toBe("application/octet-stream");
      blobs.set(parameters["digest"] ?? "", body as Buffer);
      return { digest: parameters["digest"], bytes: (body as Buffer).length };
    },
    deployRevision: ({ body }) => {
      const missing = (body as { manifest: Manifest }).manifest.files.filter(({ digest }) => !blobs.has(digest));
      if (missing.length > 0) throw new CapstanError("blob-missing", "upload it");
      return revision;
    },
  };
}

describe("deploy", () => {
  test("uploads what is missing, every content once, and deploys", async () => {
    const main = files.get("main.js") ?? expect.unreachable();
    const blobs = new Map([[digestOf(main), main]]);
    await Peer.use(blobStore(blobs), async (peer) => {
      expect(await peer.client().plugins.deploy(manifest, readFile, { isDefault: false })).toEqual(revision);
      expect(peer.count("putBlob")).toBe(1);
      expect(blobs.get(digestOf(Buffer.from("a")))).toEqual(Buffer.from("a"));
      expect(peer.requests.items.at(-1)?.body).toEqual({ manifest, isDefault: false });
    });
  });

  test("uploads again what was swept before the deploy", async () => {
    const blobs = new Map<string, Buffer>();
    const store = blobStore(blobs);
    const deployRevision: Handlers["deployRevision"] = (request) => {
      if (request.n === 1) blobs.clear();
      return store.deployRevision?.(request);
    };
    await Peer.use({ ...store, deployRevision }, async (peer) => {
      expect(await peer.client().plugins.deploy(manifest, readFile)).toEqual(revision);
      expect(peer.count("putBlob")).toBe(4);
    });
  });

  test("refuses a file that is not as the manifest says", async () => {
    await Peer.use(blobStore(new Map()), async (peer) => {
      const deploy = peer.client().plugins.deploy(manifest, async () => Buffer.from("something else"));
      await expect(deploy).rejects.toMatchObject({
        code: "digest-mismatch",
        message: expect.stringContaining("build") as string,
      });
      expect(peer.count("deployRevision")).toBe(0);
    });
  });
});

test("plugins are listed, shown, switched and pruned", async () => {
  const handlers: Handlers = {
    listPlugins: () => ({ items: [plugin] }),
    getPlugin: ({ parameters }) => ({ ...plugin, name: parameters["plugin"] }),
    getRevision: () => ({ ...revision, manifest }),
    pruneRevisions: ({ body }) => ({
      plugin: "images",
      isDryRun: (body as { isDryRun: boolean }).isDryRun,
      pruned: [revision],
      kept: [],
    }),
    switchDefault: ({ body }) => ({ ...plugin, defaultRevision: (body as { revision: string }).revision }),
  };
  await Peer.use(handlers, async (peer) => {
    const { plugins } = peer.client();
    for await (const each of plugins.list()) expect(each).toEqual(plugin);
    expect((await plugins.get("a b")).name).toBe("a b");
    expect((await plugins.revision(revision.id)).manifest).toEqual(manifest);
    expect((await plugins.switchDefault("images", "2")).defaultRevision).toBe("2");
    expect(await plugins.prune("images", { keep: 1, isDryRun: true })).toMatchObject({ isDryRun: true, kept: [] });
  });
});
