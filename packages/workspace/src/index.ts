export * from "./tree/check-tree.js";
export * from "./tree/tree-digest.js";
export * from "./pack/pack.js";
export * from "./pack/plan-packs.js";
export * from "./pack/unpack.js";
export * from "./cache/blob-cache.js";
export type { Pin } from "./cache/pin-book.js";
export * from "./materialise/materialise.js";
