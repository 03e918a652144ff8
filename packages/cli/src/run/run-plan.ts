import type { TasksetEntry } from "@capstan/client";
import { CapstanError, type Policy, type Profile, type TasksetPolicy } from "@capstan/protocol";
import { parseDuration } from "../option/duration.js";
import { classOf, KeySource } from "./item.js";
import type { FileTask } from "./run-file-schema.js";
import type { ParsedRunFile } from "./run-file.js";
import { limitsOf, type TasksetSettings } from "./taskset-options.js";
import { commandFor, type CommandText } from "./template.js";

type Items = Iterable<string> | AsyncIterable<string>;

/** What a run is made of: options of the command line, which override the file. */
export interface RunSettings extends TasksetSettings {
  readonly file?: ParsedRunFile | undefined;
  readonly command: readonly string[];
  readonly items?: Items | undefined;
  readonly profile?: Profile | undefined;
  readonly setup?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A taskset of commands, ready to launch. */
export interface RunPlan {
  readonly name?: string;
  readonly class?: string;
  readonly profile?: Profile;
  readonly limits?: TasksetPolicy;
  readonly policy?: Policy;
  readonly muted?: string[];
  readonly tasks: Iterable<TasksetEntry> | AsyncIterable<TasksetEntry>;
}

/** Makes the taskset. @throws CapstanError `invalid-config` when there is nothing to run. */
export function makeRunPlan(settings: RunSettings): RunPlan {
  const file = settings.file ?? {};
  const name = settings.name ?? file.name;
  const profile = settings.profile ?? file.profile;
  const tasksetClass = settings.class ?? file.class ?? name ?? classOf(wordsOf(settings));
  const limits = limitsOf({
    jobs: settings.jobs ?? file.jobs,
    maxFailures: settings.maxFailures ?? file.maxFailures,
    maxRetries: settings.maxRetries ?? file.maxRetries,
    maxRetryShare: settings.maxRetryShare ?? file.maxRetryShare,
  });
  const policy = policyOf(
    { ...file, ...present({ maxTrials: settings.maxTrials, labels: settings.labels }) },
    settings.timeoutMs,
  );
  return {
    ...present({ name, class: tasksetClass, profile, muted: settings.muted && [...settings.muted] }),
    ...(limits === undefined ? {} : { limits }),
    ...(Object.keys(policy).length === 0 ? {} : { policy }),
    tasks: entries(settings),
  };
}

function wordsOf({ command, file }: RunSettings): readonly string[] {
  if (command.length > 0) return command;
  const own = file?.command ?? [];
  return typeof own === "string" ? [own] : own;
}

function entries(settings: RunSettings): Iterable<TasksetEntry> | AsyncIterable<TasksetEntry> {
  const { file, command, items } = settings;
  const make = entryMaker(settings);
  const template: CommandText = command.length > 0 ? command : (file?.command ?? []);
  if (items !== undefined) return eachItem(items, (item) => make({ command: commandFor(template, item) }, item));
  if (file?.tasks !== undefined) return file.tasks.map((task) => make(task, task.key));
  if (file?.each !== undefined) return file.each.map((item) => make({ command: commandFor(template, item) }, item));
  if (template.length === 0) {
    throw new CapstanError(
      "invalid-config",
      "there is no command to run: write it after --, or give --file or --stdin",
    );
  }
  return [make({ command: commandFor(template, undefined) }, undefined)];
}

async function* eachItem(items: Items, make: (item: string) => TasksetEntry): AsyncGenerator<TasksetEntry> {
  let isEmpty = true;
  for await (const item of items) {
    isEmpty = false;
    yield make(item);
  }
  if (isEmpty) throw new CapstanError("invalid-config", "there is nothing to run: the list of items is empty");
}

type EntryMaker = (task: FileTask, key: string | undefined) => TasksetEntry;

function entryMaker({ file, setup = file?.setup, cwd = file?.cwd, env }: RunSettings): EntryMaker {
  const keys = new KeySource();
  const shared = { ...file?.env, ...env };
  return (task, key) => {
    const merged = { ...shared, ...task.env };
    const environment = Object.keys(merged).length === 0 ? undefined : merged;
    const policy = policyOf(task, undefined);
    return {
      key: keys.next(key ?? textOf(task.command)),
      input: {
        command: task.command,
        ...present({ cwd: task.cwd ?? cwd, env: environment, stdin: task.stdin, setup }),
      },
      ...(Object.keys(policy).length === 0 ? {} : { policy }),
    };
  };
}

type PolicyFields = Pick<FileTask, "timeout" | "maxTrials" | "priority" | "labels" | "safeToRerun">;

function policyOf(
  { timeout, maxTrials, priority, labels, safeToRerun }: PolicyFields,
  overrideMs: number | undefined,
): Policy {
  const timeoutMs = overrideMs ?? (timeout === undefined ? undefined : parseDuration(timeout, "timeout"));
  return present({
    timeoutMs,
    maxTrials,
    priority,
    labels: labels === undefined ? undefined : [...labels],
    safeToRerun,
  });
}

function textOf(command: CommandText): string {
  return typeof command === "string" ? command : command.join(" ");
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value. */
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
