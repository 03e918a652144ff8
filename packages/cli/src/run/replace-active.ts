import type { Capstan, TasksetHandle } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";

export interface Replacing {
  readonly name: string;
  readonly launch: () => Promise<TasksetHandle>;
  /** Whether its tasks can be sent again; those that are read from a stream cannot. */
  readonly canRepeat: boolean;
  /** Nothing is launched after it. */
  readonly signal: AbortSignal;
}

/** Others may replace at the same time; beyond so many times they are not meant to. */
const triesMax = 10;

/**
 * Launches a taskset when the active one of its name has been cancelled and has ended. The engine lets only one have the
 * name, so of several that replace each other the last stays. Undefined when the signal came before the launch.
 * @throws CapstanError `name-taken` when others take the name again and again; what `launch` throws.
 */
export async function launchReplacing(
  context: Context,
  client: Capstan,
  { name, launch, canRepeat, signal }: Replacing,
): Promise<TasksetHandle | undefined> {
  for (let tries = 1; ; tries += 1) {
    await clearName(context, client, { name, signal });
    if (signal.aborted) return undefined;
    try {
      return await launch();
    } catch (error) {
      const isTaken = error instanceof CapstanError && error.code === "name-taken";
      if (!isTaken || !canRepeat || tries >= triesMax) throw error;
    }
  }
}

async function clearName(
  { output }: Context,
  client: Capstan,
  { name, signal }: Pick<Replacing, "name" | "signal">,
): Promise<void> {
  for await (const { id } of client.tasksets({ name, isActive: true })) {
    output.note(`replacing ${id}: waiting for its end`);
    const active = client.taskset(id);
    await active.cancel().catch(ignoreFinal);
    await active.result({ signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

function ignoreFinal(error: unknown): void {
  if (!(error instanceof CapstanError && error.code === "already-final")) throw error;
}
