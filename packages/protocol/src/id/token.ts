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

/** One text a token: no signs, spaces, exponents or zeros in front, which would be read as the same numbers. */
const form = /^(0|[1-9]\d?)\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.([^.]*)$/s;

/** The parts of a token as it travels, or undefined when the text is none. */
export function parseToken(text: string): { readonly token: LeaseToken; readonly mac: string } | undefined {
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [partition, epoch, sequence] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (partition > 63 || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(sequence)) return undefined;
  return { token: { partition, epoch, sequence }, mac: parts[4]! };
}

/** Whether two tokens are the same lease. */
export function isSameToken(left: LeaseToken, right: LeaseToken): boolean {
  return left.sequence === right.sequence && left.epoch === right.epoch && left.partition === right.partition;
}
