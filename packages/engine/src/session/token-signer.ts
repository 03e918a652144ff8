import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { formatToken, leaseText, parseToken, type LeaseClaim, type LeaseToken } from "@capstan/protocol";

/** Signs lease tokens and checks their MACs: 16 bytes of HMAC-SHA-256 in base64url, keyed from the store. */
export class TokenSigner {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  sign(token: LeaseToken, claim: LeaseClaim): string {
    return formatToken(token, this.#mac(token, claim));
  }

  /** Whether the token's MAC is of this store, for exactly this trial on this worker. */
  isProven(text: string, claim: LeaseClaim): boolean {
    const parsed = parseToken(text);
    if (parsed === undefined) return false;
    const expected = Buffer.from(this.#mac(parsed.token, claim));
    const given = Buffer.from(parsed.mac);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  #mac(token: LeaseToken, claim: LeaseClaim): string {
    return createHmac("sha256", this.#key).update(leaseText(token, claim)).digest("base64url").slice(0, 22);
  }
}

/** What is kept of a session's secret. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

export function isSecret(secret: string, hash: string): boolean {
  const given = Buffer.from(hashSecret(secret));
  const kept = Buffer.from(hash);
  return given.length === kept.length && timingSafeEqual(given, kept);
}
