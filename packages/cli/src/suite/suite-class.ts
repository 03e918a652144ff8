import type { TasksetSettings } from "../run/taskset-options.js";

/** The class under which a suite is known: what is said, or else its name, or that of what runs it. */
export function suiteClass({ class: of, name }: Pick<TasksetSettings, "class" | "name">, adapter: string): string {
  return of ?? name ?? adapter;
}
