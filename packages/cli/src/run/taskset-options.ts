import type { TasksetPolicy } from "@capstan/protocol";
import { parseCount } from "../option/count.js";
import { parseDuration } from "../option/duration.js";
import { parseShare } from "../option/share.js";

/** The options of every verb that launches a taskset and follows it, as they are typed. */
export interface TasksetOptions {
  readonly jobs?: string;
  readonly timeout?: string;
  readonly maxTrials?: string;
  readonly maxFailures?: string;
  readonly maxRetries?: string;
  readonly maxRetryShare?: string;
  readonly mute?: readonly string[];
  readonly mutedFrom?: string;
  readonly name?: string;
  readonly replace?: boolean;
  readonly class?: string;
  readonly label?: readonly string[];
  readonly report?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly local?: boolean;
  readonly orLocal?: boolean;
}

/** What they say of the taskset. */
export interface TasksetSettings {
  readonly name?: string | undefined;
  readonly class?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxTrials?: number | undefined;
  readonly jobs?: number | undefined;
  readonly maxFailures?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly maxRetryShare?: number | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly muted?: readonly string[] | undefined;
}

/** The limits of the taskset as a whole; undefined when none is set. */
export function limitsOf({
  jobs,
  maxFailures,
  maxRetries,
  maxRetryShare,
}: Omit<TasksetSettings, "muted">): TasksetPolicy | undefined {
  const limits = {
    ...(jobs !== undefined && { maxSlots: jobs }),
    ...(maxFailures !== undefined && { maxFailures }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(maxRetryShare !== undefined && { maxRetryShare }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** @throws CapstanError `invalid-config` naming the option that is wrong. */
export function readTasksetSettings(options: TasksetOptions): TasksetSettings {
  const count = (text: string | undefined, option: string, max?: number): number | undefined =>
    text === undefined ? undefined : parseCount(text, option, max === undefined ? {} : { max });
  return {
    name: options.name,
    class: options.class,
    timeoutMs: options.timeout === undefined ? undefined : parseDuration(options.timeout, "--timeout"),
    maxTrials: count(options.maxTrials, "--max-trials", 1_000),
    jobs: count(options.jobs, "--jobs"),
    maxFailures: count(options.maxFailures, "--max-failures"),
    maxRetries:
      options.maxRetries === undefined ? undefined : parseCount(options.maxRetries, "--max-retries", { min: 0 }),
    maxRetryShare:
      options.maxRetryShare === undefined ? undefined : parseShare(options.maxRetryShare, "--max-retry-share"),
    labels: options.label,
  };
}
