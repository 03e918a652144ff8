import fc from "fast-check";
import { posix, win32 } from "node:path";
import { checkManifest } from "@capstan/engine/decoder";
import { canonicalJson, commandPlugin, makeCheck, Manifest, type Manifest as ManifestType } from "@capstan/protocol";
import { checkBundle, digestOf, revisionOf } from "@capstan/worker";
import { fromSchema } from "../generate/from-schema.js";
import { anyText } from "../generate/hostile.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const check = makeCheck(Manifest, "the manifest");
const part = fc.oneof(fc.constantFrom("a", "b.js", "lib", "..", ".", "CON", "nul.txt", "a.", "x:y", "é", "É"), anyText);
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const file = fc.record({
  path,
  digest: fc.constantFrom(`sha256:${"0".repeat(64)}`, `sha256:${"1".repeat(64)}`),
  bytes: fc.constantFrom(1, 2, 60_000_000),
});
const base = { manifestVersion: 1, plugin: "demo", version: "1", runtime: "command", definitions: [{ name: "run" }] };
const bundles = fc.array(file, { maxLength: 4 }).map((files) => ({ ...base, files }));
const entries = bundles.map((bundle) => ({ ...bundle, runtime: "node", entry: bundle.files[0]?.path }));

/** Manifests and the paths of bundles: what an engine takes, every worker can unpack, within its folder, on any system. */
export const manifest: Target = {
  name: "manifest",
  kind: "body",
  jsonAt: 0,
  words: ["../", "/etc/passwd", "C:\\\\", "con", "nul.txt", "\\u0000", "a/b", "a\\u0301"],
  seeds: fc.oneof(
    jsonSeeds(bundles),
    jsonSeeds(entries),
    jsonSeeds(fc.constant(commandPlugin)),
    jsonSeeds(fromSchema(plainSchema(Manifest))),
  ),
  open: stateless((input) => {
    const value = parse(textOf(input));
    const codes = ["invalid-request", "invalid-manifest", "invalid-path", "too-large"] as const;
    const outcome = decode(() => {
      const checked = check(value);
      checkManifest(checked);
      return checked;
    }, codes);
    if ("value" in outcome) checkTaken(outcome.value);
  }),
};

function checkTaken(taken: ManifestType): void {
  const unpacked = decode(() => checkBundle(taken), ["invalid-path", "too-large"]);
  if ("refused" in unpacked) broken("a worker refuses a bundle that an engine takes", unpacked.refused.message);
  for (const { path: name } of taken.files) {
    for (const system of [posix, win32]) {
      const folder = system.resolve("/bundle");
      if (!system.resolve(folder, name).startsWith(folder + system.sep)) broken("a file leaves its folder", name);
    }
  }
  const text = canonicalJson(taken);
  const again = JSON.parse(text) as ManifestType;
  if (canonicalJson(again) !== text) broken("the canonical form is not stable", text);
  if (digestOf(Buffer.from(text)).length !== 71 || revisionOf(again) !== revisionOf(taken))
    broken("the revision is another");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
