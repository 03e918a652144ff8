/** A lease token without its MAC: unique for ever, because every engine start raises the epoch of its partitions durably. */
export interface LeaseToken {
  readonly partition: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** What a token's MAC covers besides the token itself. */
export interface LeaseClaim {
  readonly task: string;
  readonly trial: string;
  readonly worker: string;
  readonly revision: string;
}

/** The text that is signed; the MAC is made at the engine's edge, keyed from the store. */
export function leaseText(token: LeaseToken, claim: LeaseClaim): string {
  return `${token.partition}.${token.epoch}.${token.sequence}|${claim.task}|${claim.trial}|${claim.worker}|${claim.revision}`;
}

export function formatToken(token: LeaseToken, mac: string): string {
  return `${token.partition}.${token.epoch}.${token.sequence}.${mac}`;
}

/** The parts of a token as it travels, or undefined when the text is none. */
export function parseToken(text: string): { readonly token: LeaseToken; readonly mac: string } | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const [partition, epoch, sequence] = [Number(parts[0]), Number(parts[1]), Number(parts[2])];
  if (!Number.isSafeInteger(partition) || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(sequence))
    return undefined;
  if (partition < 0 || partition > 63 || epoch < 0 || sequence < 0) return undefined;
  return { token: { partition, epoch, sequence }, mac: parts[3]! };
}

/** Whether two tokens are the same lease. */
export function isSameToken(left: LeaseToken, right: LeaseToken): boolean {
  return left.sequence === right.sequence && left.epoch === right.epoch && left.partition === right.partition;
}
