/** Types that a reference carries; they exist for the compiler only. */
declare const carried: unique symbol;

/** Names a task for a client, with the types of what goes in and of what comes back as JSON. */
export interface TaskRef<Input = never, Result = unknown> {
  readonly kind: "capstan.task-ref";
  /** `plugin/name`. */
  readonly name: string;
  readonly [carried]?: { readonly input: (input: Input) => void; readonly result: Result };
}

/** The types that a reference carries. */
export type InputOf<R> = R extends TaskRef<infer Input> ? Input : never;
export type ResultOf<R> = R extends TaskRef<never, infer Result> ? Result : never;

/** The references of a plugin, by the names of its tasks. */
export type TaskRefs = Readonly<Record<string, TaskRef>>;

/**
 * Refers to a task by its name alone, with types stated by hand: for plugins in other languages.
 * @example `const count = taskOf<{ path: string }, { lines: number }>("text/count")`
 */
export function taskOf<Input = unknown, Result = unknown>(name: string): TaskRef<Input, Result> {
  return { kind: "capstan.task-ref", name };
}

/**
 * The references of a plugin whose code is not loaded: only its type is imported.
 * @example
 * import type { images } from "./images.js";
 * const tasks = tasksOf<typeof images>("images");
 * await capstan.launch(tasks.resize, { path: "cat.png", width: 200 });
 */
export function tasksOf<P extends { readonly name: string; readonly tasks: TaskRefs }>(plugin: P["name"]): P["tasks"] {
  return new Proxy<TaskRefs>(
    {},
    {
      get: (_, task) => (typeof task === "string" ? taskOf(`${plugin}/${task}`) : undefined),
    },
  );
}
