import fc from "fast-check";
import { TokenSigner } from "@capstan/engine/decoder";
import { formatToken, parseToken, type LeaseClaim } from "@capstan/protocol";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { stateless, type Target } from "./target.js";

const signer = new TokenSigner(new Uint8Array(32).fill(7));
const claim: LeaseClaim = { task: "task_1", trial: "trial_1", worker: "wrk_1", revision: "rev_1" };
const token = fc.record({ partition: fc.nat({ max: 63 }), epoch: fc.nat({ max: 9 }), sequence: fc.nat({ max: 9 }) });
const signed = token.map((given) => signer.sign(given, claim));

/** Lease tokens: one text a token, and only what was signed is proven. */
export const leaseToken: Target = {
  name: "lease-token",
  kind: "text",
  seeds: textSeeds(
    signed,
    token.map((given) => formatToken(given, "mac")),
  ),
  words: [".", "0x", "1e3", " ", "-0", "63", "9007199254740993"],
  open: stateless((input) => {
    const text = textOf(input);
    const parsed = parseToken(text);
    const isProven = signer.isProven(text, claim);
    if (parsed === undefined) {
      if (isProven) broken("no token, and proven", text);
      return;
    }
    const { partition, epoch, sequence } = parsed.token;
    if (partition > 63 || ![partition, epoch, sequence].every((part) => Number.isSafeInteger(part) && part >= 0))
      broken("a part that no token has", text);
    if (formatToken(parsed.token, parsed.mac) !== text) broken("two texts are one token", text, parsed);
    if (isProven !== (signer.sign(parsed.token, claim) === text))
      broken("what was signed and what is proven differ", text, isProven);
    if (signer.isProven(text, { ...claim, worker: "wrk_2" })) broken("a token is proven for another worker", text);
  }),
};
