import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { CapstanError, type BlobRef } from "@capstan/protocol";

/**
 * Writes a blob to a new read-only file and checks that it is the one that was announced. The file's time of change is
 * the one given, in ms since 1970.
 * @throws CapstanError `digest-mismatch`.
 */
export async function writeChecked(
  { path, changedAtMs }: { readonly path: string; readonly changedAtMs: number },
  { digest, bytes }: BlobRef,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash("sha256");
  let total = 0;
  const file = await open(path, "wx", 0o444);
  try {
    for await (const part of content instanceof Uint8Array ? [content] : content) {
      total += part.byteLength;
      if (total > bytes) throw mismatch(digest, `the blob has more than the ${bytes} bytes that were announced`);
      hash.update(part);
      for (let at = 0; at < part.byteLength;) at += (await file.write(part, at)).bytesWritten;
    }
    await file.utimes(changedAtMs / 1_000, changedAtMs / 1_000);
  } finally {
    await file.close();
  }
  if (total !== bytes) throw mismatch(digest, `the blob has ${total} bytes, not the ${bytes} that were announced`);
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw mismatch(digest, `the blob has the digest ${found}, not ${digest}`);
}

function mismatch(digest: string, fault: string): CapstanError {
  return new CapstanError("digest-mismatch", `${fault}: send it again`, { details: { digest } });
}
