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
    const name = nameOf(claim);
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
  async isHeld(claim: KeyClaim): Promise<boolean> {
    return this.#pending.has(nameOf(claim)) || (await this.#read(claim)) !== undefined;
  }

  /**
   * Looks at several claims before anything is launched under them.
   * @throws CapstanError `idempotency-conflict` when one conflicts with another or with what was launched.
   */
  async check(claims: readonly KeyClaim[]): Promise<void> {
    const firsts = new Map<string, KeyClaim>();
    for (const claim of claims) {
      const name = nameOf(claim);
      const first = firsts.get(name);
      if (first === undefined) firsts.set(name, claim);
      else if (first.digest !== claim.digest) throw conflict(claim, "another task of the same launch");
    }
    await Promise.all([...firsts].map(([name, claim]) => this.#checkOne(name, claim)));
  }

  async #checkOne(name: string, claim: KeyClaim): Promise<void> {
    const row = (await this.#pending.get(name)) ?? (await this.#read(claim));
    if (row !== undefined) this.#meet(claim, row);
  }

  async #read({ namespace, scope, key }: KeyClaim): Promise<IdempotencyRow | undefined> {
    const known = await this.#store.readIdempotency(namespace, scope, key);
    return known !== undefined && known.expiresAtMs > this.#wallMs() ? known : undefined;
  }

  async #find(
    claim: KeyClaim,
    launch: () => Promise<IdempotencyRow>,
  ): Promise<{ row: IdempotencyRow; isDuplicate: boolean }> {
    const known = await this.#read(claim);
    if (known !== undefined) return { row: known, isDuplicate: true };
    return { row: await launch(), isDuplicate: false };
  }

  #meet(claim: KeyClaim, row: IdempotencyRow): { holder: string; isDuplicate: true } {
    if (row.digest === claim.digest) return { holder: row.holder, isDuplicate: true };
    throw conflict(claim, row.holder);
  }
}

function nameOf({ namespace, scope, key }: KeyClaim): string {
  return `${namespace}\n${scope}\n${key}`;
}

function conflict({ key }: KeyClaim, holder: string): CapstanError {
  return new CapstanError("idempotency-conflict", `the key "${key}" was used for ${holder} with another input`, {
    details: { holder },
  });
}
