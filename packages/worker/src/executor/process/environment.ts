/** The environment of task processes: small and said, so that a task does not depend on how its worker was started. */
import type { ExecutorResources, TrialOrder } from "../executor.js";

/** What is passed on from the worker's own environment. Anything else has to be set for the worker or the task. */
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE"];

/** The environment of an executor process. */
export function executorEnv(
  resources: ExecutorResources,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (inherited.includes(name) || name.startsWith("LC_"))) env[name] = value;
  }
  Object.assign(env, resources.env, extra);
  if (resources.slots !== undefined) env["CAPSTAN_SLOTS"] = String(resources.slots);
  return env;
}

/** What the environment of a trial says of it, beside the variables that its order asks for. */
export function trialEnv(order: TrialOrder): Record<string, string> {
  const env: Record<string, string> = {
    ...order.env,
    CAPSTAN_TRIAL: order.trial,
    CAPSTAN_TASK: order.task,
    CAPSTAN_TRIAL_NUMBER: String(order.number),
    CAPSTAN_ROUND: String(order.round),
    CAPSTAN_SLOT: String(order.slot),
    CAPSTAN_DEFINITION: order.definition,
    CAPSTAN_REVISION: order.revision,
  };
  if (order.workspace !== undefined) env["CAPSTAN_WORKSPACE"] = order.workspace;
  return env;
}
