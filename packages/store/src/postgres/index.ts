export { parseAddress } from "./address.js";
export * from "./open-postgres-store.js";
export * from "./postgres-store.js";
