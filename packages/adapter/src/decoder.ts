/*
 * What takes apart what commands have written: for the fuzzers. None of it is part of what the package promises to its
 * users.
 */
export { JunitReader, type JunitCase } from "./command/junit-reader.js";
export { TapReader } from "./command/tap-reader.js";
export { fileResult, type FileOutcome } from "./channel/outcome.js";
