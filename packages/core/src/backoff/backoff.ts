import type { ResolvedBackoff } from "../policy/resolved-policy.js";

/**
 * The delay in whole ms before a retry (1 for the first): initialMs · factor^(retry − 1), at most maxMs, of which the
 * share `jitter` is multiplied by `fraction` (0–1). So jitter 0 is none, 0.5 is "equal jitter" and 1 "full jitter" of
 * Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export function backoffMs(backoff: ResolvedBackoff, retry: number, fraction: number): number {
  const { initialMs, factor, maxMs, jitter } = backoff;
  if (initialMs <= 0) return 0;
  const wholeMs = Math.min(maxMs, initialMs * factor ** Math.max(0, retry - 1));
  return Math.round(wholeMs * (1 - jitter + jitter * fraction));
}

/**
 * A number in [0, 1) that depends on the text alone, so that core needs no source of randomness: seeded by a trial's
 * id it spreads retries. FNV-1a over the UTF-16 units, then the finaliser of MurmurHash3, without which ids that
 * differ only at their end would lie close together. Not for secrets.
 */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
