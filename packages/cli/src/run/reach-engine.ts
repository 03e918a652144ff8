import type { Capstan } from "@capstan/client";
import { connect, type Context } from "../context.js";
import { safeLine } from "../render/control.js";
import type { LocalEngine } from "./local-engine.js";

export interface ReachOptions {
  /** With an engine of its own. */
  readonly local?: boolean;
  /** The same when no engine can be reached. */
  readonly orLocal?: boolean;
  readonly jobs?: string;
}

export interface ReachedEngine {
  readonly client: Capstan;
  readonly url: string;
  /** To be closed when the work is done. */
  readonly local: LocalEngine | undefined;
}

/** The engine to use: that of the options, or one of its own where that is asked for. */
export async function reachEngine(context: Context, { local, orLocal, jobs }: ReachOptions): Promise<ReachedEngine> {
  const { settingsOf } = await import("../context.js");
  const { url } = await settingsOf(context);
  const client = await connect(context);
  if (local !== true && (orLocal !== true || (await answers(client)))) return { client, url, local: undefined };
  const [{ startLocalEngine }, { parseCount }, { Capstan: Client }] = await Promise.all([
    import("./local-engine.js"),
    import("../option/count.js"),
    import("@capstan/client"),
  ]);
  const own = await startLocalEngine({
    slots: jobs === undefined ? undefined : parseCount(jobs, "--jobs", { max: 4_096 }),
    onLeft: (text) => {
      for (const line of text.trimEnd().split("\n")) context.output.note(safeLine(line, false));
    },
  });
  return { client: new Client({ url: own.url }), url: own.url, local: own };
}

async function answers(client: Capstan): Promise<boolean> {
  const { CapstanError } = await import("@capstan/protocol");
  try {
    await client.status();
    return true;
  } catch (error) {
    if (error instanceof CapstanError && error.code === "unreachable") return false;
    throw error;
  }
}
