import { Type } from "../schema/typebox.js";
import { Bytes, Closed, Digest } from "../schema/scalar.js";

const Path = Type.String({ minLength: 1, maxLength: 4_096, description: "from the root, with slashes, never . or .." });

/** A file of a workspace: its bytes are a blob of that digest. */
export const TreeFile = Closed({
  path: Path,
  digest: Digest,
  bytes: Bytes,
  isExecutable: Type.Optional(Type.Boolean()),
});
export type TreeFile = Type.Static<typeof TreeFile>;

/** A symbolic link: its target stays inside the root. */
export const TreeLink = Closed({ path: Path, target: Type.String({ minLength: 1, maxLength: 4_096 }) });
export type TreeLink = Type.Static<typeof TreeLink>;

/** A directory tree by content: files, links and empty directories, each sorted by path. Its digest is that of its canonical JSON. */
export const Tree = Closed({
  treeVersion: Type.Literal(1),
  files: Type.Array(TreeFile, { maxItems: 1_000_000 }),
  links: Type.Array(TreeLink, { maxItems: 100_000 }),
  directories: Type.Array(Path, { maxItems: 100_000, description: "empty ones" }),
});
export type Tree = Type.Static<typeof Tree>;
