import { createHash } from "node:crypto";
import { canonicalJson, type BlobRef, type Tree } from "@capstan/protocol";

/** The SHA-256 digest of bytes or text, `sha256:<64 hex digits>`. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The digest of a tree: that of its canonical JSON. Two folders of the same content have the same. */
export function treeDigest(tree: Tree): string {
  return digestOf(canonicalJson(tree));
}

/** The blobs that a tree's files are made of, each once, in the order of the tree. Sizes in bytes. */
export function blobsOf(tree: Tree): BlobRef[] {
  const blobs = new Map<string, BlobRef>();
  for (const { digest, bytes } of tree.files) if (!blobs.has(digest)) blobs.set(digest, { digest, bytes });
  return [...blobs.values()];
}
