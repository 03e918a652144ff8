/*
 * What takes apart bytes and text that come from outside: for the fuzzers, which reach every decoder by its name. None of
 * it is part of what the package promises to its users.
 */
export * from "./io/read.js";
export * from "./launch/launch-flags.js";
export * from "./option/count.js";
export * from "./option/duration.js";
export { parseTarget } from "./option/target.js";
export * from "./render/control.js";
export * from "./run/run-file.js";
export * from "./run/run-plan.js";
