export * from "./blob/blob-store.js";
export * from "./store.js";
