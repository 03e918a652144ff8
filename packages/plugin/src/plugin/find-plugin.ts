import { CapstanError } from "@capstan/protocol/plain";
import type { TaskDefinition } from "../task/task-definition.js";
import type { Plugin } from "./define-plugin.js";

/** Whether a value was made by definePlugin, of this copy of the package or another. */
export function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const plugin = value as Partial<Plugin>;
  return plugin.kind === "capstan.plugin" && typeof plugin.name === "string" && typeof plugin.definitions === "object";
}

/**
 * The plugin that a loaded module exports: by `default`, or under any other name.
 * @throws CapstanError `invalid-manifest` when it exports none, or several that are not the default.
 */
export function findPlugin(module: Readonly<Record<string, unknown>>, path: string): Plugin {
  if (isPlugin(module["default"])) return module["default"];
  const found = [...new Set(Object.values(module).filter(isPlugin))];
  const [plugin] = found;
  if (plugin !== undefined && found.length === 1) return plugin;
  const problem =
    found.length === 0
      ? "exports no plugin: export one made by definePlugin"
      : `exports ${found.length} plugins: export one of them as default`;
  throw new CapstanError("invalid-manifest", `${path} ${problem}`);
}

/** What running a plugin needs of it. */
export type PluginCode = Pick<Plugin, "definitions">;

/** The task called `plugin/name`, or undefined. Only the plugin's own properties count. */
export function findDefinition({ definitions }: PluginCode, definition: string): TaskDefinition | undefined {
  const name = definition.slice(definition.indexOf("/") + 1);
  const found = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return typeof found?.run === "function" ? found : undefined;
}
