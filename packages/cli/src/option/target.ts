import type { Capstan } from "@capstan/client";
import { CapstanError, idPrefixes, parseId, parseTrialId } from "@capstan/protocol";

/** What an argument means: a task, a taskset or a trial. */
export interface Target {
  readonly kind: "task" | "taskset" | "trial";
  readonly id: string;
}

/** The kind of thing that an id names; undefined for text that begins as none does. @throws CapstanError `invalid-id`. */
export function parseTarget(text: string): Target | undefined {
  if (text.startsWith(idPrefixes.task)) return (parseId("task", text), { kind: "task", id: text });
  if (text.startsWith(idPrefixes.taskset)) return (parseId("taskset", text), { kind: "taskset", id: text });
  if (text.startsWith("trial_")) return (parseTrialId(text), { kind: "trial", id: text });
  return undefined;
}

/** The id of a taskset that is given by id or by name; of several with the name the newest. @throws CapstanError `not-found`. */
export async function tasksetId(client: Capstan, text: string): Promise<string> {
  const target = parseTarget(text);
  if (target?.kind === "taskset") return target.id;
  if (target !== undefined) throw new CapstanError("invalid-id", `${text} is a ${target.kind}, not a taskset`);
  for await (const { id } of client.tasksets({ name: text, limit: 1 })) return id;
  throw new CapstanError("not-found", `no taskset is called "${text.slice(0, 60)}": \`capstan tasksets\` lists them`);
}

/** A task or taskset by id, or a taskset by name. @throws CapstanError `not-found`, `invalid-id`. */
export async function findTarget(client: Capstan, text: string): Promise<Target> {
  const target = parseTarget(text);
  if (target?.kind === "trial") {
    throw new CapstanError(
      "invalid-id",
      `${text} is a trial: give the id of its task (\`capstan trials show ${text}\`)`,
    );
  }
  return target ?? { kind: "taskset", id: await tasksetId(client, text) };
}
