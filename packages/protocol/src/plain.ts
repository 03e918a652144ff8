/*
 * What needs no schemas: ids, words, limits, errors and seams. A thread or child process that imports only this starts
 * in a few ms; the whole protocol compiles its validators and takes about 300.
 */
export * from "./error/capstan-error.js";
export * from "./error/excerpt.js";
export * from "./error/registry.js";
export * from "./id/id.js";
export * from "./id/token.js";
export * from "./limit.js";
export * from "./status/status.js";
export * from "./seam/clock.js";
export * from "./seam/random.js";
export * from "./seam/transport.js";
