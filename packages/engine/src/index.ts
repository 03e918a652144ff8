export type * from "./engine/operations.js";
