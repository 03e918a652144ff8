/** What the last run of a file told: enough to share out its examples. */
export interface FileRecord {
  readonly examples: readonly ExampleLength[];
  /** What each run of the file takes beside its examples: loading, and hooks around them. Each part takes it anew. */
  readonly loadMs: number;
  /** Examples came up while others ran: it is run whole. */
  readonly isIndivisible: boolean;
}

export interface ExampleLength {
  readonly id: string;
  readonly durationMs: number;
}

/** How long the file takes as a whole. */
export function lengthOf({ examples, loadMs }: FileRecord): number {
  return examples.reduce((sum, { durationMs }) => sum + durationMs, loadMs);
}
