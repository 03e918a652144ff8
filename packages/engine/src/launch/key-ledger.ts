import { createHash } from "node:crypto";
import type { IdempotencyRow } from "@capstan/core";
import { canonicalJson, CapstanError } from "@capstan/protocol";
import type { Store } from "@capstan/store";

export interface KeyClaim {
  readonly namespace: string;
  readonly scope: string;
  readonly key: string;
  readonly digest: string;
}

/** What was launched, for telling a repeated launch from another one under the same key. */
export function digestOf(launched: unknown): string {
  return createHash("sha256").update(canonicalJson(launched)).digest("base64url");
}

/** Idempotency keys: the first launch under a key holds it; a repetition meets it, also while the first is not committed. */
export class KeyLedger {
  readonly #store: Store;
  readonly #wallMs: () => number;
  /** Keys whose launch is under way: who comes second waits for the first's outcome. */
  readonly #pending = new Map<string, Promise<IdempotencyRow | undefined>>();

  constructor(store: Store, wallMs: () => number) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  /**
   * Launches under a key unless somebody did before; `launch` gives the row that holds the key, after its commit.
   * @throws CapstanError `idempotency-conflict` when the key was used with something else.
   */
  async once(
    claim: KeyClaim,
    launch: () => Promise<IdempotencyRow>,
  ): Promise<{ holder: string; isDuplicate: boolean }> {
    const name = `${claim.namespace}\n${claim.scope}\n${claim.key}`;
    for (let pending = this.#pending.get(name); pending !== undefined; pending = this.#pending.get(name)) {
      const row = await pending;
      if (row !== undefined) return this.#meet(claim, row);
    }
    const work = this.#find(claim, launch);
    const settled = work.then(
      ({ row }) => row,
      () => undefined,
    );
    this.#pending.set(name, settled);
    try {
      const { row, isDuplicate } = await work;
      return isDuplicate ? this.#meet(claim, row) : { holder: row.holder, isDuplicate };
    } finally {
      if (this.#pending.get(name) === settled) this.#pending.delete(name);
    }
  }

  /** Whether somebody holds the key, with whatever it was launched. */
  async isHeld({ namespace, scope, key }: KeyClaim): Promise<boolean> {
    if (this.#pending.has(`${namespace}\n${scope}\n${key}`)) return true;
    const known = await this.#store.readIdempotency(namespace, scope, key);
    return known !== undefined && known.expiresAtMs > this.#wallMs();
  }

  async #find(
    claim: KeyClaim,
    launch: () => Promise<IdempotencyRow>,
  ): Promise<{ row: IdempotencyRow; isDuplicate: boolean }> {
    const known = await this.#store.readIdempotency(claim.namespace, claim.scope, claim.key);
    if (known !== undefined && known.expiresAtMs > this.#wallMs()) return { row: known, isDuplicate: true };
    return { row: await launch(), isDuplicate: false };
  }

  #meet(claim: KeyClaim, row: IdempotencyRow): { holder: string; isDuplicate: true } {
    if (row.digest === claim.digest) return { holder: row.holder, isDuplicate: true };
    throw new CapstanError(
      "idempotency-conflict",
      `the key "${claim.key}" was used for ${row.holder} with another input`,
      {
        details: { holder: row.holder },
      },
    );
  }
}
