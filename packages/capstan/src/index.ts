/** What applications use: clients, plugins, and Capstan embedded in the application itself. */
export * from "@capstan/client";
export * from "./plugin.js";
