import { makeCheck, Policy, type Profile } from "@capstan/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolvePolicy, type ResolvedPolicy } from "./resolved-policy.js";

const count = fc.integer({ min: 1, max: 1_000 });
const ms = fc.integer({ min: 1, max: 1_000_000 });
const optional = { requiredKeys: [] };
const policy = fc.record(
  {
    maxTrials: count,
    maxLosses: count,
    safeToRerun: fc.boolean(),
    timeoutMs: ms,
    hardTimeoutMs: ms,
    stopGraceMs: ms,
    expiresMs: ms,
    leaseMs: fc.integer({ min: 1_000, max: 1_000_000 }),
    backoff: fc.record(
      { initialMs: ms, factor: fc.integer({ min: 1, max: 10 }), maxMs: ms, jitter: fc.constantFrom(0, 0.5, 1) },
      optional,
    ),
    priority: fc.integer({ min: 0, max: 9 }),
    concurrency: fc.record({ key: fc.constantFrom("a", "b"), limit: count }, optional),
    rate: fc.record({ key: fc.constantFrom("a", "b"), limit: count, perMs: count }, optional),
    labels: fc.array(fc.constantFrom("linux", "gpu", "arm", "eu")),
    speculation: fc.boolean(),
    trialsPerExecutor: count,
    executorTrialsMax: count,
    executorMemoryBytesMax: count,
    memoryBytes: fc.integer({ min: 1_048_576, max: 2 ** 40 }),
    outputBytesMax: count,
  },
  optional,
) as fc.Arbitrary<Policy>;
const profile = fc.constantFrom<Profile>("job", "test");

/** The fields of which a later layer's value replaces an earlier one's; the two timeouts have a law of their own. */
const plainFields = [
  "maxTrials",
  "maxLosses",
  "safeToRerun",
  "stopGraceMs",
  "expiresMs",
  "leaseMs",
  "priority",
  "speculation",
  "trialsPerExecutor",
  "executorTrialsMax",
  "executorMemoryBytesMax",
  "memoryBytes",
  "outputBytesMax",
] as const satisfies readonly (keyof Policy & keyof ResolvedPolicy)[];

describe("resolvePolicy", () => {
  it("gives a job the defaults of its profile", () => {
    expect(resolvePolicy("job", "images/resize")).toEqual({
      profile: "job",
      maxTrials: 3,
      maxLosses: 3,
      safeToRerun: true,
      timeoutMs: null,
      hardTimeoutMs: null,
      stopGraceMs: 5_000,
      expiresMs: null,
      leaseMs: 10_000,
      backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0.5 },
      priority: 5,
      concurrency: null,
      rate: null,
      labels: [],
      speculation: false,
      trialsPerExecutor: 1,
      executorTrialsMax: null,
      executorMemoryBytesMax: null,
      memoryBytes: null,
      outputBytesMax: 10 * 1024 * 1024,
    });
  });

  it("gives a test no backoff, and twins", () => {
    const job = resolvePolicy("job", "a/b");
    expect(resolvePolicy("test", "a/b")).toEqual({
      ...job,
      profile: "test",
      backoff: { ...job.backoff, initialMs: 0 },
      speculation: true,
    });
  });

  it("draws its policies from what the schema allows", () => {
    const check = makeCheck(Policy, "the policy");
    fc.assert(
      fc.property(policy, (layer) => {
        expect(check(layer)).toBe(layer);
      }),
    );
  });

  it("lets the last layer win that sets a field", () => {
    fc.assert(
      fc.property(profile, fc.array(policy, { maxLength: 4 }), (name, layers) => {
        const resolved = resolvePolicy(name, "a/b", ...layers);
        const defaults = resolvePolicy(name, "a/b");
        for (const field of plainFields) {
          const given = layers.findLast((layer) => layer[field] !== undefined)?.[field];
          expect(resolved[field]).toBe(given ?? defaults[field]);
        }
      }),
    );
  });

  it("merges backoff, concurrency and rate field by field", () => {
    fc.assert(
      fc.property(profile, fc.array(policy, { maxLength: 4 }), (name, layers) => {
        const resolved = resolvePolicy(name, "a/b", ...layers);
        const merged = <K extends "backoff" | "concurrency" | "rate">(group: K) =>
          Object.assign({}, ...layers.map((layer) => layer[group]));
        expect(resolved.backoff).toEqual({ ...resolvePolicy(name, "a/b").backoff, ...merged("backoff") });
        const hasConcurrency = layers.some((layer) => layer.concurrency !== undefined);
        const hasRate = layers.some((layer) => layer.rate !== undefined);
        expect(resolved.concurrency).toEqual(
          hasConcurrency ? { key: "a/b", limit: 1, ...merged("concurrency") } : null,
        );
        expect(resolved.rate).toEqual(hasRate ? { key: "a/b", limit: 1, perMs: 1_000, ...merged("rate") } : null);
      }),
    );
  });

  it("unites labels, whatever the order of the layers", () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 4 }), (layers) => {
        const { labels } = resolvePolicy("job", "a/b", ...layers);
        expect(labels).toEqual([...new Set(layers.flatMap((layer) => layer.labels ?? []))].toSorted());
        expect(resolvePolicy("job", "a/b", ...layers.toReversed()).labels).toEqual(labels);
      }),
    );
  });

  it("is not changed by layers that say nothing, or that say it again", () => {
    fc.assert(
      fc.property(profile, policy, (name, layer) => {
        const resolved = resolvePolicy(name, "a/b", layer);
        expect(resolvePolicy(name, "a/b", null, layer, undefined, {})).toEqual(resolved);
        expect(resolvePolicy(name, "a/b", layer, layer)).toEqual(resolved);
      }),
    );
  });

  it("changes no layer", () => {
    fc.assert(
      fc.property(policy, policy, (first, second) => {
        const before = JSON.stringify([first, second]);
        resolvePolicy("job", "a/b", first, second);
        expect(JSON.stringify([first, second])).toBe(before);
      }),
    );
  });
});

describe("the two timeouts", () => {
  it("never puts the hard limit below the soft one", () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 4 }), (layers) => {
        const { timeoutMs, hardTimeoutMs } = resolvePolicy("job", "a/b", ...layers);
        if (timeoutMs !== null && hardTimeoutMs !== null) expect(hardTimeoutMs).toBeGreaterThanOrEqual(timeoutMs);
      }),
    );
  });

  it("forgets an earlier hard limit that a later timeout passes", () => {
    const { timeoutMs, hardTimeoutMs } = resolvePolicy(
      "job",
      "a/b",
      { timeoutMs: 10, hardTimeoutMs: 15 },
      { timeoutMs: 60 },
    );
    expect({ timeoutMs, hardTimeoutMs }).toEqual({ timeoutMs: 60, hardTimeoutMs: null });
  });

  it("lowers an earlier timeout to a later hard limit", () => {
    const { timeoutMs, hardTimeoutMs } = resolvePolicy("job", "a/b", { timeoutMs: 60 }, { hardTimeoutMs: 20 });
    expect({ timeoutMs, hardTimeoutMs }).toEqual({ timeoutMs: 20, hardTimeoutMs: 20 });
  });
});
