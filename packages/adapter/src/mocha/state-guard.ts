/** What a file may leave behind in a process, and how it is taken back: globals, variables of the environment, directory, listeners. */

type Listener = (...values: unknown[]) => void;

/** Remembers the state of this process. Calling what it gives puts that state back. */
export function guardState(): () => void {
  const restore = [guardGlobals(), guardListeners()];
  const env = { ...process.env };
  const directory = process.cwd();
  return () => {
    for (const each of restore) each();
    for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name)) delete process.env[name];
    Object.assign(process.env, env);
    if (process.cwd() !== directory) process.chdir(directory);
  };
}

function guardGlobals(): () => void {
  const before = Object.getOwnPropertyDescriptors(globalThis) as Record<PropertyKey, PropertyDescriptor>;
  return () => {
    for (const key of Reflect.ownKeys(globalThis)) {
      const then = Object.hasOwn(before, key) ? before[key] : undefined;
      const now = Object.getOwnPropertyDescriptor(globalThis, key);
      if (now?.configurable !== true) continue;
      if (then === undefined) Reflect.deleteProperty(globalThis, key);
      // Node puts a value in the place of an accessor when it is first asked for: that is no change.
      else if ("value" in then && then.value !== now.value) Object.defineProperty(globalThis, key, then);
    }
  };
}

function guardListeners(): () => void {
  const before = new Map(process.eventNames().map((name) => [name, new Set(listeners(name))]));
  return () => {
    for (const name of process.eventNames())
      for (const listener of listeners(name))
        if (before.get(name)?.has(listener) !== true) process.removeListener(name, listener);
  };
}

function listeners(name: string | symbol): Listener[] {
  return process.rawListeners(name) as Listener[];
}
