import { register } from "node:module";

/** Loaded before a seed's process: lets it run with the mutant that the environment names. */
register(new URL("./mutant-loader.js", import.meta.url));
