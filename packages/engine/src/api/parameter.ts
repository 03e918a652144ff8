import { CapstanError, limits, parseId, parseTrialId } from "@capstan/protocol";

const digest = /^sha256:[0-9a-f]{64}$/;

function checkName(kind: string): (text: string) => void {
  return (text) => {
    if (text === "" || text.length > limits.namesBytesMax) {
      throw new CapstanError("invalid-request", `the ${kind} in the path is empty or longer than 200 characters`);
    }
  };
}

const checks: Readonly<Record<string, (text: string) => void>> = {
  task: (text) => void parseId("task", text),
  taskset: (text) => void parseId("taskset", text),
  trial: (text) => void parseTrialId(text),
  plugin: checkName("plugin"),
  revision: checkName("revision"),
  worker: checkName("worker"),
  digest(text) {
    if (digest.test(text)) return;
    throw new CapstanError(
      "invalid-request",
      `"${text.slice(0, 90)}" is no digest: it looks like sha256:<64 hex digits>`,
    );
  },
};

/** Checks the parameters of a path. @throws CapstanError `invalid-id` or `invalid-request`. */
export function checkParameters(parameters: Readonly<Record<string, string>>): void {
  for (const name in parameters) checks[name]?.(parameters[name]!);
}
