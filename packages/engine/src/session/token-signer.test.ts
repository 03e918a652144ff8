import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashSecret, isSecret, TokenSigner } from "./token-signer.js";

const token = { partition: 3, epoch: 7, sequence: 42 };
const claim = { task: "task_a", trial: "trial_a_1", worker: "wrk_a", revision: "rev_a" };

describe("a lease token", () => {
  const signer = new TokenSigner(new Uint8Array(32).fill(1));

  it("is proven for the very trial, worker and revision that it was signed for", () => {
    const text = signer.sign(token, claim);
    expect(signer.isProven(text, claim)).toBe(true);
    for (const field of ["task", "trial", "worker", "revision"] as const) {
      expect(signer.isProven(text, { ...claim, [field]: "other" })).toBe(false);
    }
  });

  it("is not proven by another store's key, or with another number", () => {
    const text = signer.sign(token, claim);
    expect(new TokenSigner(new Uint8Array(32).fill(2)).isProven(text, claim)).toBe(false);
    expect(signer.isProven(text.replace("3.7.42", "3.7.43"), claim)).toBe(false);
    expect(signer.isProven(text.replace("3.7.42", "3.8.42"), claim)).toBe(false);
  });

  it("is not proven when it is garbage, whatever the garbage", () => {
    fc.assert(fc.property(fc.string(), (text) => !signer.isProven(text, claim)));
  });

  it("is not proven with any character changed", () => {
    const text = signer.sign(token, claim);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("A", "z", "0", ".", "-"), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        expect(signer.isProven(changed, claim)).toBe(changed === text);
      }),
    );
  });
});

it("keeps a secret as its hash, by which it is known again", () => {
  expect(isSecret("secret", hashSecret("secret"))).toBe(true);
  expect(isSecret("Secret", hashSecret("secret"))).toBe(false);
  expect(isSecret("", "")).toBe(false);
});
