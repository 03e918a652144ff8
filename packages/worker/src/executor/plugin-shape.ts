/** What executors need of a plugin object. Plugins are taken by shape, not by class, so that any build of them fits. */

/** One task definition of a plugin. */
export interface RunnableDefinition {
  run(input: unknown, context: unknown): unknown;
  /** Answers the input to use (nothing: the one given), or throws. */
  validateInput?(input: unknown): unknown;
  validateOutput?(output: unknown): unknown;
}

export interface RunnablePlugin {
  readonly name: string;
  readonly definitions: Readonly<Record<string, RunnableDefinition>>;
}

/**
 * Finds the plugin in a module's exports: `default`, `plugin`, the module itself, or the only one under any other name.
 * @throws TypeError that says what is missing
 */
export function findPlugin(module: unknown): RunnablePlugin {
  const exports = module as Record<string, unknown> | null | undefined;
  for (const candidate of [exports?.["default"], exports?.["plugin"], exports]) {
    if (isPlugin(candidate)) return candidate;
  }
  const [found, ...others] = new Set(Object.values(exports ?? {}).filter(isPlugin));
  if (found !== undefined && others.length === 0) return found;
  throw new TypeError(
    found === undefined
      ? "the module exports no plugin; export one as default or as `plugin`, made with definePlugin"
      : `the module exports ${others.length + 1} plugins; export one of them as default`,
  );
}

function isPlugin(value: unknown): value is RunnablePlugin {
  if (typeof value !== "object" || value === null) return false;
  const { kind, definitions } = value as Record<string, unknown>;
  return kind === "capstan.plugin" && typeof definitions === "object" && definitions !== null;
}

/** The definition called `plugin/name`, or undefined. Only the plugin's own properties count. */
export function findDefinition(plugin: RunnablePlugin, definition: string): RunnableDefinition | undefined {
  const name = definition.slice(definition.indexOf("/") + 1);
  const found = Object.hasOwn(plugin.definitions, name) ? plugin.definitions[name] : undefined;
  return typeof found?.run === "function" ? found : undefined;
}
