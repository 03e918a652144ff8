import type { Adapter } from "./adapter.js";

/** An adapter whose executors have these variables beside those that every executor has. Their names are those that a shell takes. */
export function withEnv(adapter: Adapter, env: Readonly<Record<string, string>>): Adapter {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return { ...adapter, isOwn: true, command: ["env", ...variables, ...adapter.command] };
}
