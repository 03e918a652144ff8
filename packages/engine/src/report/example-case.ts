import { fileOfKey, readExamples, readPartKey, type Example, type TaskView, type TrialView } from "@capstan/protocol";
import { xmlElement, xmlText } from "./xml.js";

/** Whether its examples say why the file is as it is: one that could not be loaded, or hung, needs a testcase of its own. */
export function tellsAll(task: TaskView, examples: readonly Example[]): boolean {
  if (examples.length === 0) return false;
  if (task.status !== "failed") return true;
  const isSaid = isByCode(task);
  return isSaid && examples.some(({ status }) => status === "failed");
}

/** Whether it is a part of a file whose examples are gone, so that the other parts tell all that there is. */
export function isEmptyPart(task: TaskView, examples: readonly Example[]): boolean {
  return task.status === "skipped" && examples.length === 0 && isPart(task);
}

/** The file that its examples are of. */
export function fileOf(task: TaskView, key: string): string {
  return isPart(task) ? fileOfKey(key) : key;
}

/** A whole file may be called as a part is: its input says which it is. One that is kept elsewhere is that of a part most likely. */
function isPart({ key = "", input }: TaskView): boolean {
  if (readPartKey(key) === undefined) return false;
  return input === undefined || (typeof input === "object" && input !== null && "part" in input);
}

/** Whether the task failed because its code said so. */
export function isByCode({ cause, lastTrial }: TaskView): boolean {
  if (cause === "no-more-retries") return lastTrial?.status === "failed";
  return cause === "failed" || cause === "not-retryable";
}

/** An example as a report shows it. */
type ShownExample = Omit<Example, "status"> & { readonly status: "passed" | "failed" | "skipped" };

/** Examples as a report shows them: muted ones, and those of a muted file that failed, are skipped and say why. */
export function shownExamples(examples: readonly Example[], isMuted: boolean): readonly ShownExample[] {
  return examples.map(({ status, ...example }) => {
    if (status !== "muted" && (status !== "failed" || !isMuted)) return { ...example, status };
    return { ...example, status: "skipped", message: `muted: ${example.message ?? "failed"}` };
  });
}

/** Why a muted task that failed is skipped in a report. */
export function mutedBecause({ error, lastTrial, cause = "failed" }: TaskView): string {
  return `muted: ${error?.message ?? lastTrial?.error?.message ?? cause}`.slice(0, 1_000);
}

export interface ExampleCaseOptions {
  /** The file: the class of its examples. */
  readonly file: string;
  /** Trials before the last, with what they gave. */
  readonly earlier: readonly TrialView[];
  /** What the trial wrote, as XML: kept with its first example that failed. */
  readonly written: string;
}

/** A testcase for each example of a file; one that failed in an earlier trial and passed at last is told as flaky. */
export function exampleCases(
  examples: readonly ShownExample[],
  { file, earlier, written }: ExampleCaseOptions,
): string {
  const failedBefore = failuresById(earlier);
  let rest = written;
  return examples
    .map((example) => {
      const inside = [
        bodyOf(example),
        ...(failedBefore.get(example.id) ?? []).map((text) => earlierFailure(example, text)),
      ];
      if (example.status === "failed") {
        inside.push(rest);
        rest = "";
      }
      const { name, durationMs, file: place, line } = example;
      const attributes = { name, classname: file, time: (durationMs / 1_000).toFixed(3), file: place, line };
      return `${xmlElement("testcase", attributes, inside.join(""))}\n`;
    })
    .join("");
}

function failuresById(trials: readonly TrialView[]): ReadonlyMap<string, readonly string[]> {
  const failures = new Map<string, string[]>();
  for (const { output } of trials) {
    for (const { id, status, message = "failed" } of readExamples(output)) {
      if (status === "failed") failures.set(id, [...(failures.get(id) ?? []), message]);
    }
  }
  return failures;
}

function bodyOf({ status, message }: ShownExample): string {
  if (status === "passed") return "";
  if (status === "skipped")
    return xmlElement("skipped", { message: message === undefined ? undefined : head(message) });
  const text = message ?? "failed";
  return xmlElement("failure", { message: head(text), type: "failed" }, xmlText(text));
}

function earlierFailure({ status }: ShownExample, message: string): string {
  const stack = xmlElement("stackTrace", {}, xmlText(message));
  return xmlElement(
    status === "failed" ? "rerunFailure" : "flakyFailure",
    { message: head(message), type: "failed" },
    stack,
  );
}

function head(message: string): string {
  return message.split("\n")[0]!.slice(0, 1_000);
}
