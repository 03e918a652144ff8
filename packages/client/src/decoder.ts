/*
 * What takes apart bytes and text that come from outside: for the fuzzers, which reach every decoder by its name. None of
 * it is part of what the package promises to its users.
 */
export * from "./connection/read-problem.js";
export * from "./connection/settings.js";
export * from "./event/sse-parser.js";
export * from "./log/utf8.js";
