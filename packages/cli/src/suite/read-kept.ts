import type { Capstan } from "@capstan/client";
import { limits, type MutedTest } from "@capstan/protocol";
import type { ReachedEngine } from "../run/reach-engine.js";

/** What the engine keeps muted for a class; an engine that is made for the suite keeps nothing. */
export async function readKept({ client, local }: ReachedEngine, of: string): Promise<readonly MutedTest[]> {
  return local === undefined ? listKept(client, of) : [];
}

/** The whole list of a class. */
export async function listKept(client: Capstan, of: string): Promise<readonly MutedTest[]> {
  const kept: MutedTest[] = [];
  for await (const { key, example } of client.muted.list({ class: of, limit: limits.pageItemsMax }))
    kept.push({ key, ...(example !== undefined && { example }) });
  return kept;
}
