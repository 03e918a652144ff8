/** What applications use: clients, plugins, and Capstan embedded in the application itself. */
export * from "./client.js";
export * from "./plugin.js";
export { openCapstan, type OpenOptions } from "./embedded/open-capstan.js";
export type { CloseEmbeddedOptions, EmbeddedCapstan } from "./embedded/embedded-capstan.js";
