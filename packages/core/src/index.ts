export * from "./row/row.js";
