import type { Capstan } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import { tasksetId } from "./target.js";

/** What a quarantine is for. */
export interface Scope {
  readonly scope: "taskset" | "plugin";
  readonly name: string;
}

/** The one of both options that is given. @throws CapstanError `invalid-config` when none is or both are. */
export async function scopeOf(
  client: Capstan,
  { taskset, plugin }: { readonly taskset?: string; readonly plugin?: string },
): Promise<Scope> {
  if ((taskset === undefined) === (plugin === undefined)) {
    throw new CapstanError("invalid-config", "say either --taskset ID or --plugin NAME");
  }
  if (plugin !== undefined) return { scope: "plugin", name: plugin };
  return { scope: "taskset", name: await tasksetId(client, taskset!) };
}
