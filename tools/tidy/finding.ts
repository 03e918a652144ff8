/** One place that breaks a rule. */
export interface Finding {
  readonly path: string;
  /** Counted from 1; left out when the whole file is meant. */
  readonly line?: number;
  readonly message: string;
}

/** `path:line message`, as editors and terminals link it. */
export function findingText({ path, line, message }: Finding): string {
  return `${line === undefined ? path : `${path}:${line}`} ${message}`;
}
