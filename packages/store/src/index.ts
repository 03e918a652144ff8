export * from "./blob/blob-store.js";
export * from "./blob/blob-sweep.js";
export * from "./blob/folder-blob-store.js";
export * from "./blob/memory-blob-store.js";
export * from "./sqlite/memory-disk.js";
export * from "./sqlite/open-sqlite-store.js";
export * from "./sqlite/sqlite-store.js";
export * from "./store.js";
