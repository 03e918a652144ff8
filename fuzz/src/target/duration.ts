import fc from "fast-check";
import { parseCount, parseDuration, parseTarget, readLaunch } from "@capstan/cli/decoder";
import { Policy, makeCheck } from "@capstan/protocol";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const unit = fc.constantFrom("ms", "s", "m", "h", "d");
const part = fc.tuple(fc.oneof(fc.nat().map(String), fc.double({ min: 0, max: 1e6, noNaN: true }).map(String)), unit);
const durations = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.flat().join(""));
const moments = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const dayMs = 86_400_000;
const checkPolicy = makeCheck(Policy, "the policy");

/** What is typed after options: durations, counts, moments, ids. */
export const duration: Target = {
  name: "duration",
  kind: "text",
  seeds: textSeeds(durations, moments, fc.nat().map(String), anyText),
  words: ["1h30m", "250ms", "366d", "0.5", "e9", "2026-01-31T08:00:00Z", "+", "task_", "9".repeat(20)],
  open: stateless((input) => {
    const text = textOf(input);
    const ms = decode(() => parseDuration(text, "--timeout"), ["invalid-config"]);
    if ("value" in ms && !(Number.isSafeInteger(ms.value) && ms.value >= 0 && ms.value <= 366 * dayMs))
      broken("a duration that is none", text, ms.value);
    const count = decode(() => parseCount(text, "--jobs"), ["invalid-config"]);
    if ("value" in count && (count.value < 1 || count.value > 1_000_000 || Number(text) !== count.value))
      broken("a count that is none", text, count.value);
    decode(() => parseTarget(text), ["invalid-id"]);
    checkLaunch(text);
  }),
};

function checkLaunch(text: string): void {
  for (const flags of [
    { timeout: text },
    { runAt: text },
    { maxTrials: text },
    { priority: text },
    { expires: text },
  ]) {
    const outcome = decode(() => readLaunch({ definition: "a/b", input: undefined, flags }), ["invalid-config"]);
    if ("refused" in outcome || outcome.value.kind !== "task") continue;
    const { policy, runAtMs } = outcome.value.options;
    if (runAtMs !== undefined && !(Number.isSafeInteger(runAtMs) && runAtMs < 2 ** 48))
      broken("a moment that no engine takes", text, runAtMs);
    // No time at all is a duration, and none that a task can have: the engine says so.
    if (policy?.timeoutMs === 0 || policy?.expiresMs === 0) continue;
    const taken = decode(() => checkPolicy(policy ?? {}), ["invalid-request"]);
    if ("refused" in taken) broken("an engine refuses a policy that was taken", text, taken.refused.message);
  }
}
