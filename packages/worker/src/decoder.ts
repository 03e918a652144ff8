/*
 * What takes apart bytes and text that come from outside: for the fuzzers, which reach every decoder by its name. None of
 * it is part of what the package promises to its users.
 */
export * from "./executor/command/command-input.js";
export * from "./executor/process/message.js";
export * from "./option/validate.js";
export * from "./option/worker-options.js";
export * from "./output/utf8-text.js";
export * from "./plugin/bundle-path.js";
export * from "./plugin/engine-http.js";
export * from "./plugin/revision-cache.js";
export * from "./slot/report.js";
export * from "./spawner/json-lines.js";
