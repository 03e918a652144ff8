/** One step of the schema; a released one never changes. */
export interface Migration {
  /** Counts up from 1 without gaps. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}
