import { CapstanError, limits } from "@capstan/protocol/plain";
import type { SchemaConverter } from "../schema/json-schema-of.js";
import type { DefinitionInput, DefinitionResult, TaskDefinition } from "../task/task-definition.js";
import { taskOf, type TaskRef, type TaskRefs } from "../task/task-ref.js";

/** The tasks of a plugin: a list of named ones, or an object whose keys name them. */
export type TaskList = readonly TaskDefinition[];
export type TaskRecord = Readonly<Record<string, TaskDefinition>>;

export interface PluginOptions<Name extends string, Tasks> {
  /** Letters, digits, `_`, `.` and `-`. */
  readonly name: Name;
  /** Shown to people; revisions are told apart by their content. */
  readonly version?: string;
  readonly description?: string;
  readonly tasks: Tasks;
  /** Converts schemas of a library that gives no JSON Schema itself. */
  readonly toJsonSchema?: SchemaConverter;
}

/** References to the tasks, each by its name, carrying its types. */
export type RefsOf<Name extends string, Tasks> = Tasks extends readonly TaskDefinition[]
  ? { readonly [D in Tasks[number] as D["name"]]: RefOf<D> }
  : Tasks extends TaskRecord
    ? { readonly [K in keyof Tasks]: RefOf<Tasks[K]> }
    : Record<Name, never>;
type RefOf<D> = TaskRef<DefinitionInput<D>, DefinitionResult<D>>;

/** A named body of task code. A module that exports one can be deployed. */
export interface Plugin<Name extends string = string, Refs extends TaskRefs = TaskRefs> {
  readonly kind: "capstan.plugin";
  readonly name: Name;
  readonly version?: string;
  readonly description?: string;
  /** The code, by the names of the tasks. */
  readonly definitions: Readonly<Record<string, TaskDefinition>>;
  /** What clients launch, by the names of the tasks. */
  readonly tasks: Refs;
  readonly toJsonSchema?: SchemaConverter;
}

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Defines a plugin.
 * @throws CapstanError `invalid-manifest` for a bad or doubled name, or a plugin without tasks.
 * @example `export const images = definePlugin({ name: "images", tasks: [resize, crop] });`
 */
export function definePlugin<const Name extends string, const Tasks extends TaskList | TaskRecord>(
  options: PluginOptions<Name, Tasks>,
): Plugin<Name, RefsOf<Name, Tasks>> {
  const { name, version, description, toJsonSchema } = options;
  checkName(name, "plugin");
  const definitions = collect(name, options.tasks);
  const tasks = Object.fromEntries(Object.keys(definitions).map((task) => [task, taskOf(`${name}/${task}`)]));
  return {
    kind: "capstan.plugin",
    name,
    ...(version === undefined ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    ...(toJsonSchema === undefined ? {} : { toJsonSchema }),
    definitions,
    tasks: tasks as unknown as RefsOf<Name, Tasks>,
  };
}

function collect(plugin: string, tasks: TaskList | TaskRecord): Record<string, TaskDefinition> {
  // Without a prototype a task may be called `constructor`.
  const definitions = Object.create(null) as Record<string, TaskDefinition>;
  for (const [key, task] of isList(tasks)
    ? tasks.map((task) => [nameOf(task), task] as const)
    : Object.entries(tasks)) {
    checkTask(plugin, key, task);
    if (key in definitions) {
      throw new CapstanError("invalid-manifest", `the plugin ${plugin} has two tasks called "${key}": rename one`);
    }
    definitions[key] = task.name === key ? task : { ...task, name: key };
  }
  if (Object.keys(definitions).length === 0) {
    throw new CapstanError("invalid-manifest", `the plugin ${plugin} has no tasks: give it one made by defineTask`);
  }
  return definitions;
}

/** Of anything that stands in the list, also when it is no task. */
function nameOf(task: Partial<TaskDefinition> | undefined): string {
  return task?.name ?? "";
}

function checkTask(plugin: string, key: string, task: TaskDefinition): void {
  if ((task as Partial<TaskDefinition> | undefined)?.kind !== "capstan.task" || typeof task.run !== "function") {
    throw new CapstanError("invalid-manifest", `"${key}" of the plugin ${plugin} is no task: make it with defineTask`);
  }
  checkName(key, `task of the plugin ${plugin}`);
  if (task.name !== "" && task.name !== key) {
    const remedy = "leave the task's name out, or make both the same";
    throw new CapstanError("invalid-manifest", `the task "${task.name}" stands under the key "${key}": ${remedy}`);
  }
}

function checkName(name: string, what: string): void {
  if (typeof name === "string" && name.length <= limits.namesBytesMax && namePattern.test(name)) return;
  const remedy = `use 1–${limits.namesBytesMax} letters, digits, "_", "." and "-", the first no "." or "-"`;
  throw new CapstanError("invalid-manifest", `${JSON.stringify(name)} cannot name a ${what}: ${remedy}`);
}

function isList(tasks: TaskList | TaskRecord): tasks is TaskList {
  return Array.isArray(tasks);
}
