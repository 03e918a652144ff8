import type { LaunchOptions, TasksetOptions } from "@capstan/client";
import { CapstanError, type Policy } from "@capstan/protocol";
import { parseCount } from "../option/count.js";
import { parseDuration } from "../option/duration.js";

/** The options of `capstan launch` as they are typed. */
export interface LaunchFlags {
  readonly stdin?: boolean;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly delay?: string;
  readonly runAt?: string;
  readonly priority?: string;
  readonly timeout?: string;
  readonly maxTrials?: string;
  readonly expires?: string;
  readonly revision?: string;
  readonly name?: string;
  readonly jobs?: string;
  readonly wait?: boolean;
}

export type Launch =
  | { readonly kind: "task"; readonly definition: string; readonly options: LaunchOptions }
  | {
      readonly kind: "taskset";
      readonly header: Omit<TasksetOptions, "tasks">;
      readonly hasDefinition: boolean;
      readonly isWaiting: boolean;
    };

interface Typed {
  readonly definition: string | undefined;
  readonly input: string | undefined;
  readonly flags: LaunchFlags;
}

/** What is to be launched. @throws CapstanError `invalid-config` naming the option that is wrong or does not belong. */
export function readLaunch({ definition, input, flags }: Typed): Launch {
  const policy = policyOf(flags);
  if (flags.stdin === true) {
    refuse(flags, ["key", "delay", "runAt"], "belongs to a task: write it into the lines of the taskset");
    if (input !== undefined)
      throw new CapstanError("invalid-config", "with --stdin the inputs come from stdin: leave the input out");
    return {
      kind: "taskset",
      header: headerOf(definition, flags, policy),
      hasDefinition: definition !== undefined,
      isWaiting: flags.wait === true,
    };
  }
  refuse(flags, ["name", "jobs"], "belongs to a taskset: add --stdin");
  if (definition === undefined)
    throw new CapstanError("invalid-config", "say which definition to launch, for example images/resize");
  const { key, idempotencyKey, revision } = flags;
  const options = {
    key,
    idempotencyKey,
    revision,
    delayMs: flags.delay === undefined ? undefined : parseDuration(flags.delay, "--delay"),
    runAtMs: flags.runAt === undefined ? undefined : parseInstant(flags.runAt),
    policy,
  };
  return { kind: "task", definition, options };
}

function headerOf(
  definition: string | undefined,
  flags: LaunchFlags,
  policy: Policy | undefined,
): Omit<TasksetOptions, "tasks"> {
  const { name, revision, idempotencyKey, jobs } = flags;
  return {
    ...(definition === undefined ? {} : { task: definition }),
    ...(name === undefined ? {} : { name }),
    ...(revision === undefined ? {} : { revision }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(policy === undefined ? {} : { policy }),
    ...(jobs === undefined ? {} : { limits: { maxSlots: parseCount(jobs, "--jobs") } }),
  };
}

function policyOf({ priority, timeout, maxTrials, expires }: LaunchFlags): Policy | undefined {
  const policy: Policy = {
    ...(priority === undefined ? {} : { priority: parseCount(priority, "--priority", { min: 0, max: 9 }) }),
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout, "--timeout") }),
    ...(maxTrials === undefined ? {} : { maxTrials: parseCount(maxTrials, "--max-trials", { max: 1_000 }) }),
    ...(expires === undefined ? {} : { expiresMs: parseDuration(expires, "--expires") }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}

function parseInstant(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\d([T ]|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(atMs) && atMs >= 0) return atMs;
  throw new CapstanError(
    "invalid-config",
    `--run-at is "${text.slice(0, 60)}": write a moment such as 2026-01-31T08:00:00Z`,
  );
}

function refuse(flags: LaunchFlags, names: readonly (keyof LaunchFlags)[], remedy: string): void {
  for (const name of names) {
    if (flags[name] === undefined) continue;
    throw new CapstanError(
      "invalid-config",
      `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${remedy}`,
    );
  }
}
