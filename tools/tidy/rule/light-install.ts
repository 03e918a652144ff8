import { installedWith } from "../lockfile.js";
import type { Rule } from "../rule.js";

const stores = ["pg", "@photostructure/sqlite", "@capstan/store"];
const servers = ["fastify", "@capstan/core", "@capstan/engine"];
const terminal = ["commander", "@clack/prompts", "esbuild"];

/** What must not come along when one of these packages is installed alone, through whatever it depends on. */
const burdens: Readonly<Record<string, readonly string[]>> = {
  "packages/worker": [...stores, ...servers, ...terminal],
  "packages/client": [...stores, ...servers, ...terminal, "ws", "undici", "@capstan/worker"],
  "packages/plugin": [...stores, ...servers, ...terminal, "ws", "undici"],
};

/** A worker or client installed alone brings neither a store nor a server along. */
export const lightInstall: Rule = {
  name: "light-install",
  promise: "worker, client and plugin install without store, server and command line",
  check: (tree) =>
    Object.entries(burdens).flatMap(([folder, banned]) => {
      const installed = installedWith(tree, folder);
      return banned.flatMap((name) => {
        const chain = installed.get(name);
        return chain === undefined
          ? []
          : [{ path: `${folder}/package.json`, message: `brings ${name} along: ${chain.join(" › ")}` }];
      });
    }),
};
