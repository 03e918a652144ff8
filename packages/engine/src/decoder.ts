/*
 * What takes apart bytes and text that come from outside: for the fuzzers, which reach every decoder by its name. None of
 * it is part of what the package promises to its users.
 */
export * from "./api/cross-origin.js";
export * from "./api/fast-launch.js";
export * from "./api/json.js";
export * from "./api/launch-stream.js";
export * from "./api/line-decoder.js";
export * from "./api/namespace.js";
export { openApiDocument } from "./api/openapi.js";
export * from "./api/parameter.js";
export * from "./api/query.js";
export * from "./auth/guard.js";
export * from "./event/event-ring.js";
export * from "./registry/bundle-path.js";
export * from "./registry/check-manifest.js";
export * from "./registry/compile-schema.js";
export * from "./report/xml.js";
export * from "./session/token-signer.js";
