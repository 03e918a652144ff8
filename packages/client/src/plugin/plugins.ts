import {
  CapstanError,
  type BundleFile,
  type Manifest,
  type PluginView,
  type PruneResult,
  type RevisionView,
} from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";
import { items } from "../connection/page.js";

export interface DeployOptions {
  /** Whether new launches get it; default true. */
  readonly isDefault?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PruneOptions {
  /** Newest revisions that stay; default 5. */
  readonly keep?: number | undefined;
  /** Only say what would go; default false. */
  readonly isDryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the bytes of a file of the bundle. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

const uploadsAtOnce = 4;

/** The plugins that are deployed. */
export class Plugins {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All plugins with their revisions and definitions, page by page as they are asked for. */
  list(signal?: AbortSignal): AsyncGenerator<PluginView> {
    return items(this.#connection, "listPlugins", { signal });
  }

  /** @throws CapstanError `unknown-plugin`. */
  get(plugin: string, signal?: AbortSignal): Promise<PluginView> {
    return this.#connection.call("getPlugin", { parameters: { plugin }, signal });
  }

  /** A revision with its manifest. @throws CapstanError `unknown-revision`. */
  revision(revision: string, signal?: AbortSignal): Promise<RevisionView> {
    return this.#connection.call("getRevision", { parameters: { revision }, signal });
  }

  /**
   * Uploads the files that the engine does not have yet, and deploys the revision. The same content gives the same
   * revision: deploying it again changes nothing but the default.
   * @throws CapstanError `invalid-manifest`, `invalid-path`, `digest-mismatch`.
   */
  async deploy(manifest: Manifest, readFile: ReadFile, options: DeployOptions = {}): Promise<RevisionView> {
    const { isDefault, signal } = options;
    const parameters = { plugin: manifest.plugin };
    const deploy = async (): Promise<RevisionView> => {
      await this.#upload(manifest.files, readFile, signal);
      const body = jsonBody({ manifest, isDefault });
      return this.#connection.call("deployRevision", { parameters, body, signal });
    };
    try {
      return await deploy();
    } catch (error) {
      // Blobs that nothing refers to may be swept between the upload and the deploy.
      if (!(error instanceof CapstanError && error.code === "blob-missing")) throw error;
      return deploy();
    }
  }

  /** Makes a revision, given by id or version, the one that new launches get. */
  switchDefault(plugin: string, revision: string, signal?: AbortSignal): Promise<PluginView> {
    return this.#connection.call("switchDefault", { parameters: { plugin }, body: jsonBody({ revision }), signal });
  }

  /**
   * Prunes old revisions: the default, those with unfinished tasks and the newest `keep` (default 5) stay. Tasks that
   * ran on a pruned one can still be read; rerunning them asks for it to be deployed again.
   * @throws CapstanError `unknown-plugin`.
   */
  prune(plugin: string, { signal, ...request }: PruneOptions = {}): Promise<PruneResult> {
    return this.#connection.call("pruneRevisions", { parameters: { plugin }, body: jsonBody(request), signal });
  }

  async #upload(files: readonly BundleFile[], readFile: ReadFile, signal: AbortSignal | undefined): Promise<void> {
    if (files.length === 0) return;
    const byDigest = new Map(files.map((file) => [file.digest, file]));
    const body = jsonBody({ digests: [...byDigest.keys()] });
    const { digests } = await this.#connection.call("missingBlobs", { body, signal });
    const queue = digests.map((digest) => byDigest.get(digest)).filter((file) => file !== undefined);
    const upload = async (): Promise<void> => {
      for (let file = queue.pop(); file !== undefined; file = queue.pop()) await this.#put(file, readFile, signal);
    };
    await Promise.all(Array.from({ length: uploadsAtOnce }, upload));
  }

  async #put({ path, digest, bytes }: BundleFile, readFile: ReadFile, signal: AbortSignal | undefined): Promise<void> {
    const content = await readFile(path);
    if (content.byteLength !== bytes) {
      const message = `${path} has ${content.byteLength} bytes, not ${bytes} as its manifest says: build the bundle anew`;
      throw new CapstanError("digest-mismatch", message, { details: { path } });
    }
    const body = { type: "application/octet-stream", make: () => content };
    await this.#connection.call("putBlob", { parameters: { digest }, body, signal });
  }
}
