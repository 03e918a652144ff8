export * from "./copy-store.js";
export * from "./open-ends.js";
export * from "./store-digest.js";
export * from "./store-end.js";
