import { createHash } from "node:crypto";
import type { TaskSeed, TaskSpec } from "@capstan/core";
import {
  CapstanError,
  limits,
  placeLoneTask,
  type Profile,
  type TaskLaunch,
  type TasksetTask,
} from "@capstan/protocol";
import type { BlobStore } from "@capstan/store";
import type { IdSource } from "../id/id-source.js";
import { checkDeployed } from "../registry/check-deployed.js";
import type { Registry } from "../registry/registry.js";
import type { SpecBook } from "./spec-book.js";

export interface SeedParts {
  readonly registry: Registry;
  readonly specs: SpecBook;
  readonly ids: IdSource;
  readonly blobs: BlobStore;
  readonly wallMs: () => number;
}

/** The taskset that a task is launched in, as far as its seed depends on it. */
export interface SeedTaskset {
  readonly id: string;
  readonly partition: number;
  readonly definition: string | null;
  readonly revision: string | null;
  readonly profile: Profile;
  readonly policy: Parameters<SpecBook["specOf"]>[0]["tasksetPolicy"];
}

/** Checks launches and makes seeds of them: resolved, validated, placed and numbered. Nothing is changed when one is wrong. */
export class SeedMaker {
  readonly #parts: SeedParts;
  /** Places lone tasks without a key: any value that differs will do. */
  #placed = 0;

  constructor(parts: SeedParts) {
    this.#parts = parts;
  }

  /** @throws CapstanError `invalid-input`, `too-large`, `unknown-plugin`, `unknown-definition`, `unknown-revision`. */
  async lone(namespace: string, launch: TaskLaunch): Promise<TaskSeed> {
    const { profile = "job", policy = null, idempotencyKey } = launch;
    const spec = this.#spec({ namespace, profile, tasksetPolicy: null, override: policy }, launch.definition, launch);
    const place = idempotencyKey ?? String((this.#placed += 1));
    const partition = placeLoneTask(namespace, launch.definition, place);
    return this.#seed(spec, launch, { partition, key: launch.key ?? null, idempotencyKey: idempotencyKey ?? null });
  }

  /** The task's key defaults to its place in the taskset. */
  async member(
    namespace: string,
    launch: TasksetTask,
    { taskset, position }: { taskset: SeedTaskset; position: number },
  ): Promise<TaskSeed> {
    const definition = launch.definition ?? taskset.definition;
    if (definition === null) {
      throw new CapstanError("invalid-request", "a task names no definition, and neither does its taskset", {
        details: { position },
      });
    }
    const profile = launch.profile ?? taskset.profile;
    const request = { namespace, profile, tasksetPolicy: taskset.policy, override: launch.policy ?? null };
    const spec = this.#spec(request, definition, { ...launch, ...revisionOf(launch, taskset) });
    const key = launch.key ?? String(position + 1);
    return this.#seed(spec, launch, { partition: taskset.partition, key, idempotencyKey: null });
  }

  /**
   * Whether what they are bound to is still deployed: asked in the turn in which they are launched, since a revision may
   * have been pruned while they were made. @throws CapstanError `revision-pruned`.
   */
  check(seeds: readonly TaskSeed[]): void {
    let last: TaskSpec | undefined;
    for (const { spec } of seeds) {
      if (spec === last) continue;
      last = spec;
      checkDeployed(this.#parts.registry, spec);
    }
  }

  #spec(
    request: Omit<Parameters<SpecBook["specOf"]>[0], "resolved">,
    definition: string,
    launch: { readonly revision?: string; readonly input?: unknown },
  ): TaskSpec {
    const resolved = this.#parts.registry.resolve(request.namespace, definition, launch.revision);
    resolved.validateInput(launch.input);
    return this.#parts.specs.specOf({ ...request, resolved });
  }

  async #seed(
    spec: TaskSpec,
    launch: TasksetTask,
    place: { partition: number; key: string | null; idempotencyKey: string | null },
  ): Promise<TaskSeed> {
    const inputJson = launch.input === undefined ? null : JSON.stringify(launch.input);
    const nowMs = this.#parts.wallMs();
    const blob =
      inputJson === null || inputJson.length <= limits.inlineBytesMax ? null : await this.#putBlob(spec, inputJson);
    return {
      id: this.#parts.ids.next("task", place.partition),
      ...place,
      spec,
      inputJson: blob === null ? inputJson : null,
      inputBlob: blob,
      launchedAtMs: nowMs,
      delayMs: Math.max(launch.delayMs ?? 0, (launch.runAtMs ?? 0) - nowMs, 0),
      estimateMs: launch.estimateMs ?? null,
    };
  }

  async #putBlob(spec: TaskSpec, inputJson: string): Promise<string> {
    const bytes = Buffer.from(inputJson);
    if (bytes.length > limits.inputBytesMax) {
      throw new CapstanError("too-large", `an input of ${bytes.length} bytes is larger than ${limits.inputBytesMax}`, {
        details: { bytesMax: limits.inputBytesMax },
      });
    }
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    await this.#parts.blobs.put(spec.namespace, digest, bytes, limits.inputBytesMax);
    return JSON.stringify({ digest, bytes: bytes.length });
  }
}

function revisionOf(launch: TasksetTask, taskset: SeedTaskset): { revision?: string } {
  const isOfTaskset = launch.definition === undefined || launch.definition === taskset.definition;
  const revision = launch.revision ?? (isOfTaskset ? (taskset.revision ?? undefined) : undefined);
  return revision === undefined ? {} : { revision };
}
