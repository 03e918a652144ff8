import { canonicalJson, CapstanError, limits, toCapstanError, type BlobRef } from "@capstan/protocol";
import { forEachBounded } from "../bounded.js";
import { pack } from "../pack/pack.js";
import { planPacks } from "../pack/plan-packs.js";
import type { Snapshot } from "../snapshot/snapshot.js";
import { blobsOf } from "../tree/tree-digest.js";

/** Where a snapshot is sent: an engine, by its client. */
export interface BlobSink {
  /** Those of the digests that are not there. */
  missing(digests: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;
  put(digest: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  putPack(pack: Uint8Array, signal?: AbortSignal): Promise<void>;
}

export interface PushOptions {
  /** Packs under way at the same time, 3 by default. */
  readonly packsAtOnce?: number;
  /** Called when it is known what has to be sent, and after each pack. */
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
}

/** Counts of what is not there yet; bytes before compression. */
export interface PushProgress {
  readonly filesMissing: number;
  readonly bytesMissing: number;
  readonly filesSent: number;
  readonly bytesSent: number;
}

/** What was sent, and what names it. */
export interface Pushed extends PushProgress {
  /** The tree: what a taskset's workspace is launched with. */
  readonly tree: BlobRef;
}

const asked = 10_000;
/** A pack that broke is sent again without what arrived of it. */
const triesMax = 5;

/**
 * Sends what the receiver lacks of a snapshot: its files, in packs, and then its tree. When it resolves all of it is
 * there. Broken off and called again, it goes on where it was.
 * @throws CapstanError `file-changed` when a file changed since the snapshot; what the receiver says.
 */
export async function pushSnapshot(snapshot: Snapshot, sink: BlobSink, options: PushOptions = {}): Promise<Pushed> {
  const { packsAtOnce = 3, onProgress = () => {}, signal } = options;
  const text = Buffer.from(canonicalJson(snapshot.tree));
  if (text.byteLength > limits.blobBytesMax) throw tooManyFiles(text.byteLength);
  const missing = await findMissing(blobsOf(snapshot.tree), sink, signal);
  const bytesMissing = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = { filesMissing: missing.length, bytesMissing, filesSent: 0, bytesSent: 0 };
  onProgress({ ...progress });
  await forEachBounded(planPacks(missing), packsAtOnce, async (blobs) => {
    await sendPack(blobs, { snapshot, sink, signal });
    progress.filesSent += blobs.length;
    progress.bytesSent += blobs.reduce((sum, { bytes }) => sum + bytes, 0);
    onProgress({ ...progress });
  });
  const tree = { digest: snapshot.digest, bytes: text.byteLength };
  const [unknown] = await sink.missing([tree.digest], signal);
  if (unknown !== undefined) await sink.put(tree.digest, text, signal);
  return { ...progress, tree };
}

async function findMissing(
  blobs: readonly BlobRef[],
  sink: BlobSink,
  signal: AbortSignal | undefined,
): Promise<BlobRef[]> {
  const missing: BlobRef[] = [];
  for (let at = 0; at < blobs.length; at += asked) {
    const some = blobs.slice(at, at + asked);
    const digests = await sink.missing(
      some.map(({ digest }) => digest),
      signal,
    );
    const lacks = new Set(digests);
    missing.push(...some.filter(({ digest }) => lacks.has(digest)));
  }
  return missing;
}

interface Sending {
  readonly snapshot: Snapshot;
  readonly sink: BlobSink;
  readonly signal: AbortSignal | undefined;
}

async function sendPack(blobs: readonly BlobRef[], { snapshot, sink, signal }: Sending): Promise<void> {
  let left = blobs;
  for (let tries = 1; left.length > 0; tries += 1) {
    signal?.throwIfAborted();
    try {
      const parts: Uint8Array[] = [];
      for await (const part of pack(left, snapshot.read)) parts.push(part);
      return await sink.putPack(Buffer.concat(parts), signal);
    } catch (error) {
      if (tries === triesMax || !mayPass(error)) throw error;
      left = await findMissing(left, sink, signal);
    }
  }
}

/** Damaged on its way, or a passing failure: the content itself was checked before it left. */
function mayPass(thrown: unknown): boolean {
  const error = toCapstanError(thrown);
  return error.retryable || error.code === "invalid-pack";
}

function tooManyFiles(bytes: number): CapstanError {
  return new CapstanError(
    "too-large",
    `the list of its files has ${bytes} bytes, ${limits.blobBytesMax} are allowed: exclude what the tasks do not need`,
    { details: { bytesMax: limits.blobBytesMax } },
  );
}
