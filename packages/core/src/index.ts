export * from "./row/row.js";
export * from "./event/event.js";
